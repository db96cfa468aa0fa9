/* What a daemon's replies say about a block: see rpc/answer.h, which reads them. */
#include "rpc/answer.h"
#include "client/tipwatch.h"

_Static_assert((int)TIPWATCH_ACCEPTED == (int)TW_ANSWER_ACCEPTED, "outcomes");
_Static_assert((int)TIPWATCH_DUPLICATE == (int)TW_ANSWER_DUPLICATE, "outcomes");
_Static_assert((int)TIPWATCH_REFUSED == (int)TW_ANSWER_REFUSED, "outcomes");
_Static_assert((int)TIPWATCH_NOT_ABLE == (int)TW_ANSWER_NOT_ABLE, "outcomes");
_Static_assert((int)TIPWATCH_UNKNOWN == (int)TW_ANSWER_UNKNOWN, "outcomes");

enum tipwatch_outcome tipwatch_answer_outcome(int http_status, const char *body, size_t len)
{
	return (enum tipwatch_outcome)(int)tw_answer_submit(http_status, body, len);
}

bool tipwatch_answer_has_block(
	const char *reply, size_t len, int64_t height, const char *blob, size_t blob_len)
{
	return tw_answer_has_block(reply, len, height, blob, blob_len);
}
