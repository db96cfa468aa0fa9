/* See http_reply.h. */
#include "serve/http_reply.h"
#include "json/emit.h"

void tw_http_reply_error(
	unsigned int status, const char *code, const char *message, struct tw_http_reply *reply)
{
	struct tw_emit *json;

	reply->status = status;
	reply->content_type = "application/json";
	reply->tag = NULL;
	tw_buf_clear(&reply->body);
	json = tw_emit_create(&reply->body);
	tw_emit_open_map(json);
	tw_emit_key(json, "error");
	tw_emit_open_map(json);
	tw_emit_put_text(json, "code", code);
	tw_emit_put_text(json, "message", message);
	tw_emit_close_map(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(&reply->body, '\n');
}
