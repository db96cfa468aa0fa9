/* See scan.h. */
#include "replay/scan.h"
#include <string.h>

/* Whether the key is there with a value that begins with one of the characters. */
static bool has_key(const char *text, size_t len, const char *key, const char *first)
{
	const char *end = text + len;
	size_t key_len = strlen(key);

	while ((text = memmem(text, (size_t)(end - text), key, key_len)) != NULL) {
		const char *at = text += key_len;

		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at == end || *at++ != ':')
			continue;
		while (at < end && (*at == ' ' || *at == '\t'))
			at++;
		if (at < end && *at != '\0' && strchr(first, *at) != NULL)
			return true;
	}
	return false;
}

struct tw_replay_run tw_replay_scan(const char *text, size_t len)
{
	static const char header[] = "\"tipwatch_journal\"";
	const char *next = memmem(text, len, header, sizeof(header) - 1);

	if (next != NULL)
		len = (size_t)(next - text);
	return (struct tw_replay_run){
		.is_exact = has_key(text, len, "\"tick\"", "t"),
		.has_gaps = has_key(text, len, "\"gap_ms\"", "0123456789"),
	};
}
