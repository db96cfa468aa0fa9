/* See request.h. */
#include "request.h"
#include "base/num.h"
#include "sim/rpc/reply.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Copies the len bytes of text where they fit. */
static bool copy(char *to, size_t size, const char *text, size_t len)
{
	if (len >= size || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(to, text, len);
	to[len] = '\0';
	return true;
}

/* "GET /info HTTP/1.1" */
static bool parse_line(const char *line, size_t len, struct demo_request *request)
{
	const char *target = memchr(line, ' ', len), *version;

	if (target == NULL)
		return false;
	target++;
	version = memchr(target, ' ', len - (size_t)(target - line));
	if (version == NULL)
		return false;
	version++;
	if (len - (size_t)(version - line) != 8 || strncmp(version, "HTTP/1.", 7) != 0)
		return false;
	request->is_close = version[7] == '0';
	if (version - target < 2 || target - line < 2)
		return false;
	return copy(request->method, sizeof(request->method), line, (size_t)(target - line) - 1) &&
	       copy(request->target, sizeof(request->target), target,
		       (size_t)(version - target) - 1);
}

static bool is_named(const char *line, size_t name_len, const char *name)
{
	return strlen(name) == name_len && strncasecmp(line, name, name_len) == 0;
}

static bool parse_header(const char *line, size_t len, struct demo_request *request)
{
	const char *colon = memchr(line, ':', len);
	size_t name_len, value_len;
	const char *value;
	int64_t number;

	if (colon == NULL)
		return false;
	name_len = (size_t)(colon - line);
	value = colon + 1;
	value_len = len - name_len - 1;
	while (value_len > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		value_len--;
	}
	while (value_len > 0 && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
		value_len--;
	if (is_named(line, name_len, "Content-Length")) {
		if (tw_num_parse(value, value_len, 0, TW_SIM_RPC_BODY_MAX, &number) < 0)
			return false;
		request->body_len = (size_t)number;
	} else if (is_named(line, name_len, "Transfer-Encoding"))
		return false; /* no client of a daemon sends chunks */
	else if (is_named(line, name_len, "Connection"))
		request->is_close |= value_len == 5 && strncasecmp(value, "close", 5) == 0;
	else if (is_named(line, name_len, "Expect"))
		request->is_expecting = true;
	else if (is_named(line, name_len, "Authorization"))
		return copy(request->credentials, sizeof(request->credentials), value, value_len);
	return true;
}

enum demo_request_outcome demo_request_parse(
	const struct tw_buf *in, struct demo_request *ret_request)
{
	const char *text = tw_buf_str(in);
	const char *end = in->len == 0 ? NULL : memmem(text, in->len, "\r\n\r\n", 4);
	struct demo_request request = { 0 };
	const char *line = text;
	bool is_first = true;

	if (end == NULL || end - text > DEMO_HEAD_MAX)
		return in->len > DEMO_HEAD_MAX ? DEMO_REQUEST_BAD : DEMO_REQUEST_PARTIAL;
	while (line < end) {
		const char *next = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
		size_t len = (size_t)(next - line);

		if (!(is_first ? parse_line(line, len, &request)
			       : parse_header(line, len, &request)))
			return DEMO_REQUEST_BAD;
		is_first = false;
		line = next + 2;
	}
	if (is_first)
		return DEMO_REQUEST_BAD;
	request.head_len = (size_t)(end - text) + 4;
	*ret_request = request;
	return DEMO_REQUEST_WHOLE;
}

bool demo_request_is_authorised(
	const struct demo_request *request, const char *user, const char *password)
{
	static const char basic[] = "Basic ";
	char text[512];
	/* EVP_EncodeBlock() writes four digits for three bytes, and a NUL. */
	unsigned char digits[(sizeof(text) + 2) / 3 * 4 + 1];

	snprintf(text, sizeof(text), "%s:%s", user, password);
	EVP_EncodeBlock(digits, (const unsigned char *)text, (int)strlen(text));
	return strncmp(request->credentials, basic, strlen(basic)) == 0 &&
	       strcmp(request->credentials + strlen(basic), (const char *)digits) == 0;
}
