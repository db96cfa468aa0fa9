/* See check.h. */
#include "conf/check.h"
#include "base/buf.h"
#include "base/hash.h"
#include "conf/p2p.h"
#include "conf/report.h"
#include "conf/url.h"
#include "core/types.h"
#include "p2p/book.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int tw_conf_check_name(const char *text, char *message, size_t size)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(text);
	struct tw_buf quoted;

	if (len >= 1 && len <= TW_NAME_MAX && strspn(text, allowed) == len)
		return 0;
	tw_buf_init(&quoted, 512);
	tw_conf_report_quote(&quoted, text, len);
	snprintf(message, size, "must be 1 to %d of the characters A-Z a-z 0-9 . _ -; it is %s",
		TW_NAME_MAX, tw_buf_str(&quoted));
	tw_buf_finish(&quoted);
	return -EINVAL;
}

static bool is_printable(const char *text, bool may_have_spaces)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c >= 0x7f || (c == ' ' && !may_have_spaces))
			return false;
	}
	return true;
}

int tw_conf_check_wallet(const char *text, char *message, size_t size)
{
	if (is_printable(text, false))
		return 0;
	snprintf(message, size,
		"must be the address of a wallet: printable ASCII without spaces, or empty");
	return -EINVAL;
}

int tw_conf_check_path(const char *text, char *message, size_t size)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= ' ' && *text != 0x7f)
			continue;
		snprintf(message, size, "must be a path without control characters");
		return -EINVAL;
	}
	return 0;
}

int tw_conf_check_group(const char *text, char *message, size_t size)
{
	if (!is_printable(text, false) || strpbrk(text, ":,/") != NULL) {
		snprintf(message, size, "must be the name of one group");
		return -EINVAL;
	}
	errno = 0;
	if (getgrnam(text) != NULL)
		return 0;
	snprintf(message, size, "names the group \"%s\", which does not exist on this machine",
		text);
	return -EINVAL;
}

int tw_conf_check_listen(const char *text, char *message, size_t size)
{
	struct tw_listen listen;

	return tw_url_parse_listen(text, &listen, message, size);
}

int tw_conf_check_url(const char *text, char *message, size_t size)
{
	struct tw_url url;

	return tw_url_parse(text, &url, message, size);
}

int tw_conf_check_proxy(const char *text, char *message, size_t size)
{
	bool looks_up;

	return tw_url_parse_proxy(text, &looks_up, message, size);
}

int tw_conf_check_seeds(const char *text, char *message, size_t size)
{
	struct tw_p2p_address seed;
	int n = 0, r;

	while ((r = tw_conf_p2p_next_seed(&text, &seed)) > 0)
		n++;
	if (r == 0 && n <= TW_P2P_BOOK_SEEDS)
		return 0;
	snprintf(message, size,
		"must be at most %d times IP:PORT, as in 192.0.2.1:18080, with blanks between them",
		TW_P2P_BOOK_SEEDS);
	return -EINVAL;
}

int tw_conf_check_p2p(const char *text, char *message, size_t size)
{
	struct tw_listen target;

	if (strcmp(text, "auto") == 0 || strcmp(text, "off") == 0 ||
		tw_url_parse_listen(text, &target, message, size) == 0)
		return 0;
	snprintf(message, size,
		"must be HOST:PORT, as in 127.0.0.1:18080 or [::1]:18080, or auto, or off");
	return -EINVAL;
}

int tw_conf_check_network_id(const char *text, char *message, size_t size)
{
	uint8_t id[TW_P2P_COIN_NETWORK_ID];

	if (text[0] == '\0' || tw_conf_p2p_parse_id(text, id) == 0)
		return 0;
	snprintf(message, size, "must be %d hex digits, or empty", 2 * TW_P2P_COIN_NETWORK_ID);
	return -EINVAL;
}

int tw_conf_check_fingerprint(const char *text, char *message, size_t size)
{
	struct tw_hash hash;

	if (tw_hash_parse_fingerprint(text, &hash) == 0)
		return 0;
	snprintf(message, size,
		"must be the SHA-256 of a certificate: %d hex digits, with or without ':' between "
		"two bytes; the error of a check without tls_fingerprint shows it",
		TW_HASH_HEX);
	return -EINVAL;
}

/* Checked with the rights of this process, because the program will run with them. */
int tw_conf_check_program(const char *text, char *message, size_t size)
{
	struct stat st;

	if (tw_conf_check_path(text, message, size) < 0)
		return -EINVAL;
	if (text[0] != '/') {
		snprintf(message, size,
			"must be the whole path of a program, beginning with '/'; arguments and "
			"shell commands are not taken, put them into a script");
		return -EINVAL;
	}
	if (stat(text, &st) < 0) {
		snprintf(
			message, size, "names a program that cannot be found: %s", strerror(errno));
		return -EINVAL;
	}
	if (!S_ISREG(st.st_mode) || faccessat(AT_FDCWD, text, X_OK, AT_EACCESS) < 0) {
		snprintf(message, size,
			"names a file that is not executable by this user; chmod +x makes a "
			"script so");
		return -EINVAL;
	}
	return 0;
}

int tw_conf_check_user(const char *text, char *message, size_t size)
{
	if (is_printable(text, true) && strchr(text, ':') == NULL)
		return 0;
	snprintf(message, size, "must be a name in printable ASCII without ':'");
	return -EINVAL;
}
