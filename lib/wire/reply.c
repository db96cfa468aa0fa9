/* See reply.h. */
#include "wire/reply.h"
#include "wire/json_write.h"

void tw_reply_error(
	unsigned int status, const char *code, const char *message, struct tw_http_reply *reply)
{
	struct tw_json *json;
	int r;

	reply->status = status;
	reply->content_type = "application/json";
	reply->tag = NULL;
	tw_buf_clear(&reply->body);
	r = tw_json_create(&reply->body, &json);
	if (r < 0) {
		reply->body.error = r;
		return;
	}
	tw_json_open_map(json);
	tw_json_key(json, "error");
	tw_json_open_map(json);
	tw_json_put_text(json, "code", code);
	tw_json_put_text(json, "message", message);
	tw_json_close_map(json);
	tw_json_close_map(json);
	tw_json_destroy(json);
	(void)tw_buf_putc(&reply->body, '\n');
}
