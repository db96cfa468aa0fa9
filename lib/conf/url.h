/*
 * URLs of daemons and addresses to listen on. Both are parsed strictly and normalised, so that the
 * same daemon written in two ways is recognised as one.
 */
#ifndef TW_CONF_URL_H
#define TW_CONF_URL_H

#include "base/result.h"

enum { TW_HOST_MAX = 253, TW_URL_MAX = 300 };

/* A base URL, normalised: scheme and host in lower case, port always explicit in `port`, `text`
 * without a default port or trailing slash, IPv6 in brackets in text and without in host. */
struct tw_url {
	bool is_tls;
	char host[TW_HOST_MAX + 1];
	uint16_t port;
	char text[TW_URL_MAX + 1];
};

/*
 * Parses and normalises. Returns 0 or -EINVAL; then message (of size bytes) says what is wrong and
 * what is allowed ("has a user name in it; use the settings user and password_file"). The message
 * never repeats the URL's user or password.
 */
int tw_url_parse(const char *text, struct tw_url *ret_url, char *message, size_t size);

/*
 * A proxy: "socks5h://127.0.0.1:9050", or socks5://. ret_looks_up: it looks up the host names of
 * daemons (socks5h), as is needed for names that only it knows. Returns 0 or -EINVAL with a
 * message, as tw_url_parse().
 */
int tw_url_parse_proxy(const char *text, bool *ret_looks_up, char *message, size_t size);

/* An address to listen on: "127.0.0.1:9811", "[::1]:9811", "localhost:0"; "" is off. */
struct tw_listen {
	bool is_on;
	char host[TW_HOST_MAX + 1];
	uint16_t port;
};
/* Returns 0 or -EINVAL with a message, as tw_url_parse(). */
int tw_url_parse_listen(const char *text, struct tw_listen *ret_listen, char *message, size_t size);

#endif
