/* See url.h. */
#include "conf/url.h"
#include "base/num.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LABEL_MAX = 63, PORT_HTTP = 80, PORT_HTTPS = 443, PORT_MAX = 65535 };

static int refuse(char *message, size_t size, const char *format, ...) TW_PRINTF(3, 4);

static int refuse(char *message, size_t size, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, size, format, ap);
	va_end(ap);
	return -EINVAL;
}

/* Such a host, which is not empty, is meant as an IPv4 address: its old forms (127.1, 0x7f000001,
 * 2130706433) end in a number too. */
static bool ends_in_number(const char *host)
{
	size_t end = strlen(host), start;

	if (host[end - 1] == '.')
		end--;
	start = end;
	while (start > 0 && host[start - 1] != '.')
		start--;
	if (start == end)
		return false;
	if (host[start] == '0' && host[start + 1] == 'x')
		return start + 2 + strspn(host + start + 2, "0123456789abcdef") >= end;
	return start + strspn(host + start, "0123456789") >= end;
}

static int check_name(const char *host, char *message, size_t size)
{
	size_t label = 0;

	for (const char *c = host; *c != '\0'; c++) {
		if ((unsigned char)*c >= 0x80)
			return refuse(message, size,
				"has a host name with letters beyond ASCII; write it in its xn-- "
				"form");
		if (*c == '.') {
			if (label == 0 || c[-1] == '-')
				return refuse(message, size, "has a bad host name in it");
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*c) && *c != '_' && (*c != '-' || label == 0))
			return refuse(message, size,
				"has a bad host name in it: letters, digits, '-', '_' and '.' are "
				"allowed");
		if (++label > LABEL_MAX)
			return refuse(message, size,
				"has a host name in it with more than %d characters between dots",
				LABEL_MAX);
	}
	if (host[strlen(host) - 1] == '-')
		return refuse(message, size, "has a bad host name in it");
	return 0;
}

/* Normalises the len bytes of text into host (TW_HOST_MAX + 1 bytes). */
static int parse_host(
	const char *text, size_t len, bool is_bracketed, char *host, char *message, size_t size)
{
	unsigned char address[sizeof(struct in6_addr)];

	if (len == 0)
		return refuse(message, size, "has no host in it");
	if (len > TW_HOST_MAX)
		return refuse(
			message, size, "has a host name in it longer than %d bytes", TW_HOST_MAX);
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)text[i]);
	host[len] = '\0';
	if (is_bracketed) {
		if (inet_pton(AF_INET6, host, address) != 1)
			return refuse(message, size, "has no IPv6 address between its brackets");
		(void)inet_ntop(AF_INET6, address, host, TW_HOST_MAX + 1);
		return 0;
	}
	if (ends_in_number(host)) {
		if (inet_pton(AF_INET, host, address) != 1)
			return refuse(message, size,
				"has a bad IPv4 address in it; it takes four numbers from 0 to "
				"255");
		return 0;
	}
	return check_name(host, message, size);
}

/*
 * Takes "HOST[:PORT]" apart; the text must end after it or with one of the characters in ends.
 * ret_rest is what follows; ret_port is untouched where there is none.
 */
static int parse_host_port(const char *text, const char *ends, int64_t min_port, char *host,
	int64_t *ret_port, const char **ret_rest, char *message, size_t size)
{
	const char *start = text, *end, *rest;
	bool is_bracketed = text[0] == '[';
	size_t digits;
	int r;

	if (is_bracketed) {
		start = text + 1;
		end = strchr(start, ']');
		if (end == NULL)
			return refuse(message, size, "has a '[' without a ']' in it");
		rest = end + 1;
	} else {
		end = start + strcspn(start, ":/?#");
		rest = end;
		if (*rest == ':' && memchr(rest + 1, ':', strcspn(rest + 1, "/?#")) != NULL)
			return refuse(message, size,
				"has more than one ':' in its host; an IPv6 address stands in "
				"brackets, as in [::1]:80");
	}
	r = parse_host(start, (size_t)(end - start), is_bracketed, host, message, size);
	if (r < 0)
		return r;
	if (*rest == ':') {
		rest++;
		digits = strspn(rest, "0123456789");
		r = tw_num_parse(rest, digits, min_port, PORT_MAX, ret_port);
		if (r < 0 || (rest[digits] != '\0' && strchr(ends, rest[digits]) == NULL))
			return refuse(message, size,
				"has a bad port in it; a port is a number from %d to %d",
				(int)min_port, PORT_MAX);
		rest += digits;
	}
	if (*rest != '\0' && strchr(ends, *rest) == NULL)
		return refuse(message, size, "has something after its host that is no port");
	*ret_rest = rest;
	return 0;
}

static int check_rest(const char *rest, char *message, size_t size)
{
	static const char just[] = "give only http(s)://HOST:PORT, the paths are known";

	if (rest[0] == '/' && rest[1] == '\0')
		return 0;
	if (rest[0] == '/')
		return refuse(message, size, "has a path in it; %s", just);
	if (rest[0] == '?')
		return refuse(message, size, "has a query (after '?') in it; %s", just);
	if (rest[0] == '#')
		return refuse(message, size, "has a fragment (after '#') in it; %s", just);
	return 0;
}

int tw_url_parse(const char *text, struct tw_url *ret_url, char *message, size_t size)
{
	struct tw_url url = { 0 };
	int64_t port = -1;
	const char *rest;
	bool is_ipv6;
	int r;

	/* Checked first: such a text may hold a password, and no other message may repeat it. */
	if (strchr(text, '@') != NULL)
		return refuse(message, size,
			"has a user name in it; use the settings user and password_file instead");
	if (strncasecmp(text, "https://", 8) == 0)
		url.is_tls = true;
	else if (strncasecmp(text, "http://", 7) != 0)
		return refuse(message, size,
			"must begin with http:// or https://, as in http://127.0.0.1:11898");
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return refuse(
				message, size, "has white space or a control character in it");
	}
	r = parse_host_port(
		text + (url.is_tls ? 8 : 7), "/?#", 1, url.host, &port, &rest, message, size);
	if (r < 0)
		return r;
	r = check_rest(rest, message, size);
	if (r < 0)
		return r;
	url.port = (uint16_t)(port > 0 ? port : url.is_tls ? PORT_HTTPS : PORT_HTTP);
	is_ipv6 = strchr(url.host, ':') != NULL;
	snprintf(url.text, sizeof(url.text), "http%s://%s%s%s", url.is_tls ? "s" : "",
		is_ipv6 ? "[" : "", url.host, is_ipv6 ? "]" : "");
	if (url.port != (url.is_tls ? PORT_HTTPS : PORT_HTTP))
		snprintf(url.text + strlen(url.text), sizeof(url.text) - strlen(url.text), ":%u",
			url.port);
	*ret_url = url;
	return 0;
}

int tw_url_parse_proxy(const char *text, bool *ret_looks_up, char *message, size_t size)
{
	static const char remote[] = "socks5h://", local[] = "socks5://";
	bool looks_up = strncasecmp(text, remote, strlen(remote)) == 0;
	char host[TW_HOST_MAX + 1];
	int64_t port = -1;
	const char *rest;
	int r;

	if (strchr(text, '@') != NULL)
		return refuse(message, size,
			"has a user name in it; only proxies that ask for none are possible");
	if (!looks_up && strncasecmp(text, local, strlen(local)) != 0)
		return refuse(message, size,
			"must begin with socks5h:// (the proxy looks up host names) or socks5://, "
			"as in socks5h://127.0.0.1:9050");
	r = parse_host_port(
		text + strlen(looks_up ? remote : local), "", 1, host, &port, &rest, message, size);
	if (r < 0)
		return r;
	if (port < 0)
		return refuse(message, size,
			"has no port in it; write it as in socks5h://127.0.0.1:9050");
	*ret_looks_up = looks_up;
	return 0;
}

int tw_url_parse_listen(const char *text, struct tw_listen *ret_listen, char *message, size_t size)
{
	struct tw_listen listen = { .is_on = true };
	int64_t port = -1;
	const char *rest;
	char why[256];

	if (text[0] == '\0') {
		*ret_listen = (struct tw_listen){ 0 };
		return 0;
	}
	if (parse_host_port(text, "", 0, listen.host, &port, &rest, why, sizeof(why)) < 0)
		return refuse(message, size,
			"%s; allowed are ADDRESS:PORT, as in 127.0.0.1:9811 or [::1]:9811, and "
			"nothing for off",
			why);
	if (port < 0)
		return refuse(message, size,
			"has no port in it; allowed are ADDRESS:PORT, as in 127.0.0.1:9811 or "
			"[::1]:9811, and nothing for off");
	listen.port = (uint16_t)port;
	*ret_listen = listen;
	return 0;
}
