/* See detect.h. */
#include "rpc/detect.h"
#include "rpc/detail.h"

const char *tw_detect_request(const struct tw_rpc_detect *detect)
{
	return tw_dialect_info_request(detect->n);
}

bool tw_detect_next(struct tw_rpc_detect *detect, char *detail)
{
	char requests[TW_DETAIL_MAX];

	if (tw_dialect_info_request(++detect->n) != NULL)
		return true;
	tw_dialect_list_info_requests(requests, sizeof(requests));
	tw_detail_say(detail, "%s: HTTP status 404: is this a daemon's RPC port?", requests);
	return false;
}

bool tw_detect_read(const struct tw_rpc_detect *detect, const struct tw_json_node *info,
	struct tw_rpc_peer *peer, char *detail)
{
	enum tw_dialect dialect = tw_dialect_recognize(info, peer->rejected);
	const char *name = tw_detect_request(detect), *old;

	if (dialect == TW_DIALECT_AUTO) {
		tw_detail_say(
			detail, "%s: the reply is not from a daemon of a kind that is known", name);
		return false;
	}
	old = tw_dialect_row(dialect)->old_info_request;
	peer->dialect = dialect;
	peer->has_old_info_path = old != NULL && strcmp(name, old) == 0;
	return true;
}
