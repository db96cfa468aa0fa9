/* See reply.h. */
#include "sim/rpc/reply.h"
#include <time.h>

void tw_sim_reply_finish(struct tw_sim_reply *reply)
{
	tw_buf_finish(&reply->body);
}

void tw_sim_reply_put_head(const struct tw_sim_reply *reply, const struct tw_sim_version *version,
	size_t len, bool is_last, int64_t wall_us, struct tw_buf *out)
{
	time_t wall_s = wall_us / TW_SEC;
	char date[64];
	struct tm tm;

	tw_buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reply->reason);
	if (reply->extra_header != NULL)
		tw_buf_printf(out, "%s\r\n", reply->extra_header);
	if (version->http == TW_SIM_HTTP_EPEE)
		tw_buf_puts(out, "Server: Epee-based\r\n");
	if (version->http == TW_SIM_HTTP_LIB && is_last)
		tw_buf_puts(out, "Connection: close\r\n");
	tw_buf_printf(out, "Content-Length: %zu\r\n", len);
	if (reply->content_type != NULL)
		tw_buf_printf(out, "Content-Type: %s\r\n", reply->content_type);
	if (version->http == TW_SIM_HTTP_CLASSIC)
		tw_buf_puts(out, "Server: CryptoNote-based HTTP server\r\n");
	if (version->http == TW_SIM_HTTP_EPEE) {
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&wall_s, &tm));
		tw_buf_printf(out, "Last-Modified: %s\r\nAccept-Ranges: bytes\r\n", date);
		if (is_last)
			tw_buf_puts(out, "Connection: close\r\n");
	}
	tw_buf_puts(out, "\r\n");
}
