/* conf: URLs and addresses to listen on. */
#include "conf/config.h"
#include "fixture/compare.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_good_urls(void **state)
{
	static const struct {
		const char *text;
		bool is_tls;
		const char *host;
		uint16_t port;
		const char *normal;
	} cases[] = {
		{ "http://127.0.0.1:11898", false, "127.0.0.1", 11898, "http://127.0.0.1:11898" },
		{ "HTTP://Node.Example:80/", false, "node.example", 80, "http://node.example" },
		{ "http://node.example", false, "node.example", 80, "http://node.example" },
		{ "https://node.example", true, "node.example", 443, "https://node.example" },
		{ "HttpS://node.example:0443", true, "node.example", 443, "https://node.example" },
		{ "https://node.example:80", true, "node.example", 80, "https://node.example:80" },
		{ "http://[::1]:18081", false, "::1", 18081, "http://[::1]:18081" },
		{ "http://[0:0:0:0:0:0:0:1]:80/", false, "::1", 80, "http://[::1]" },
		{ "https://[2001:DB8::A]", true, "2001:db8::a", 443, "https://[2001:db8::a]" },
		{ "http://turtle_daemon:1", false, "turtle_daemon", 1, "http://turtle_daemon:1" },
		{ "http://xn--bcher-kva.example", false, "xn--bcher-kva.example", 80,
			"http://xn--bcher-kva.example" },
		{ "http://a:65535", false, "a", 65535, "http://a:65535" },
		{ "http://node.example.", false, "node.example.", 80, "http://node.example." },
		{ "http://4you.example:1", false, "4you.example", 1, "http://4you.example:1" },
		/* No old form of an IPv4 address. */
		{ "http://axff", false, "axff", 80, "http://axff" },
		{ "http://0y7f", false, "0y7f", 80, "http://0y7f" },
		{ "http://0xfg", false, "0xfg", 80, "http://0xfg" },
		{ "http://1.a", false, "1.a", 80, "http://1.a" },
		{ "http://0a", false, "0a", 80, "http://0a" },
		{ "http://a-b", false, "a-b", 80, "http://a-b" },
	};
	char message[512] = "";
	struct tw_url url;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (tw_url_parse(cases[i].text, &url, message, sizeof(message)) != 0)
			fail_msg("%s %s", cases[i].text, message);
		assert_int_equal(url.is_tls, cases[i].is_tls);
		assert_string_equal(url.host, cases[i].host);
		assert_int_equal(url.port, cases[i].port);
		assert_string_equal(url.text, cases[i].normal);
		/* What is normal stays so. */
		assert_int_equal(tw_url_parse(url.text, &url, message, sizeof(message)), 0);
		assert_string_equal(url.text, cases[i].normal);
	}
}

static void test_bad_urls(void **state)
{
	static const struct {
		const char *text;
		const char *fragment;
	} cases[] = {
		{ "", "must begin with http:// or https://" },
		{ "127.0.0.1:11898", "must begin with http:// or https://" },
		{ "ftp://a", "must begin with http:// or https://" },
		{ "http:/a", "must begin with http:// or https://" },
		{ "http://", "no host" },
		{ "http://:80", "no host" },
		{ "http:///x", "no host" },
		{ "http://a:", "port" },
		{ "http://a:0", "a number from 1 to 65535" },
		{ "http://a:65536", "a number from 1 to 65535" },
		{ "http://a:99999999999999999999", "a number from 1 to 65535" },
		{ "http://a:8o", "port" },
		{ "http://a:-1", "port" },
		{ "http://a/json_rpc", "has a path in it" },
		{ "http://a:1//", "has a path in it" },
		{ "http://a:1?x=1", "has a query" },
		{ "http://a#x", "has a fragment" },
		{ "http://a b", "white space" },
		{ " http://a", "must begin with" },
		{ "http://a\n", "white space or a control character" },
		{ "http://127.1", "IPv4" },
		{ "http://256.0.0.1", "IPv4" },
		{ "http://0x7f000001", "IPv4" },
		{ "http://2130706433", "IPv4" },
		{ "http://1.2.3.4.5", "IPv4" },
		{ "http://1.2.3.4.", "IPv4" },
		{ "http://5", "IPv4" },
		{ "http://0", "IPv4" },
		{ "http://0x", "IPv4" },
		{ "http://a.0x7f", "IPv4" },
		{ "http://a.5.", "IPv4" },
		{ "http://.", "bad host name" },
		{ "http://a..", "bad host name" },
		{ "http://a\x7f", "white space or a control character" },
		{ "http://a\x80", "xn--" },
		{ "http://a~", "bad host name" },
		{ "http://[]", "no host" },
		{ "http://[::1]:0", "a number from 1 to 65535" },
		{ "http://a/?", "has a path" },
		{ "http://[::1", "']'" },
		{ "http://[::g]", "IPv6" },
		{ "http://[fe80::1%eth0]", "IPv6" },
		{ "http://[127.0.0.1]", "IPv6" },
		{ "http://[::1]x", "after its host" },
		{ "http://::1:80", "brackets" },
		{ "http://a..b", "bad host name" },
		{ "http://.a", "bad host name" },
		{ "http://-a", "bad host name" },
		{ "http://a-", "bad host name" },
		{ "http://a-.b", "bad host name" },
		{ "http://a%20b", "bad host name" },
		{ "http://b\xc3\xbc"
		  "cher.example",
			"xn--" },
		{ "http://a=b", "bad host name" },
	};
	char message[512];
	struct tw_url url = { .port = 7 };

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		message[0] = '\0';
		if (tw_url_parse(cases[i].text, &url, message, sizeof(message)) != -EINVAL ||
			strstr(message, cases[i].fragment) == NULL)
			fail_msg("%s: %s", cases[i].text, message);
		assert_int_equal(url.port, 7);
	}
}

static void test_long_hosts(void **state)
{
	char text[400] = "http://", message[512];
	struct tw_url url;

	(void)state;
	memset(text + 7, 'a', 64);
	assert_int_equal(tw_url_parse(text, &url, message, sizeof(message)), -EINVAL);
	text[7 + 63] = '\0';
	assert_int_equal(tw_url_parse(text, &url, message, sizeof(message)), 0);
	memset(text + 7, 'a', TW_HOST_MAX + 1);
	for (size_t i = 50; i < TW_HOST_MAX; i += 50)
		text[7 + i] = '.';
	text[7 + TW_HOST_MAX] = '\0';
	strcat(text, ":65535");
	assert_int_equal(tw_url_parse(text, &url, message, sizeof(message)), 0);
	assert_int_equal(strlen(url.host), TW_HOST_MAX);
	assert_string_equal(url.text, text);
	memmove(text + 8, text + 7, strlen(text + 7) + 1);
	assert_int_equal(tw_url_parse(text, &url, message, sizeof(message)), -EINVAL);
	assert_contains(message, "longer than 253");
}

/* However a user name and a password stand in it, nothing of them is repeated. */
static void test_secrets(void **state)
{
	static const char *const texts[] = {
		"http://rpc:hunter2@a:1",
		"http://hunter2@a",
		"http://rpc:hun/ter2@a",
		"http://rpc:hunter2?@a",
		"ftp://rpc:hunter2@a",
		"rpc:hunter2@a:1",
		"http://a/rpc:hunter2@",
		"http://rpc:hunter2 @a",
	};
	char message[512];
	struct tw_url url;

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(texts); i++) {
		assert_int_equal(tw_url_parse(texts[i], &url, message, sizeof(message)), -EINVAL);
		assert_contains(message, "user");
		assert_contains(message, "password_file");
		assert_lacks(message, "hun");
		assert_lacks(message, "rpc");
	}
}

static void test_listen(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		int port; /* -1: refused */
	} cases[] = {
		{ "127.0.0.1:9811", "127.0.0.1", 9811 },
		{ "[::1]:9811", "::1", 9811 },
		{ "localhost:0", "localhost", 0 },
		{ "0.0.0.0:65535", "0.0.0.0", 65535 },
		{ "127.0.0.1", "", -1 },
		{ "9811", "", -1 },
		{ ":9811", "", -1 },
		{ "127.0.0.1:", "", -1 },
		{ "127.0.0.1:65536", "", -1 },
		{ "127.0.0.1:98x", "", -1 },
		{ "127.0.0.1:9811/", "", -1 },
		{ "http://127.0.0.1:9811", "", -1 },
		{ "::1:9811", "", -1 },
		{ "[::1]", "", -1 },
		{ "*:9811", "", -1 },
		{ "a b:1", "", -1 },
	};
	struct tw_listen listen;
	char message[512];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		int r = tw_url_parse_listen(cases[i].text, &listen, message, sizeof(message));

		if (r != (cases[i].port < 0 ? -EINVAL : 0))
			fail_msg("%s: %d", cases[i].text, r);
		if (r < 0) {
			assert_contains(message, "127.0.0.1:9811");
			continue;
		}
		assert_true(listen.is_on);
		assert_string_equal(listen.host, cases[i].host);
		assert_int_equal(listen.port, cases[i].port);
	}
	assert_int_equal(tw_url_parse_listen("", &listen, message, sizeof(message)), 0);
	assert_false(listen.is_on);
}

static void test_proxies(void **state)
{
	static const struct {
		const char *text;
		const char *fragment; /* NULL: right */
		bool looks_up;
	} cases[] = {
		{ "socks5h://127.0.0.1:9050", NULL, true },
		{ "SOCKS5H://proxy.example:1", NULL, true },
		{ "socks5://[::1]:65535", NULL, false },
		{ "socks5h://127.0.0.1:65536", "a number from 1 to 65535", false },
		{ "socks5h://127.0.0.1:9050/", "has a bad port", false },
		{ "socks5h://[::1]/", "after its host", false },
		{ "socks5h://:9050", "no host", false },
		{ "socks5h://a", "has no port in it", false },
		{ "socks4://a:1", "must begin with socks5h://", false },
		{ "http://a:1", "must begin with socks5h://", false },
		{ "u@a:1", "has a user name", false },
	};
	char message[512];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		bool looks_up = !cases[i].looks_up;
		int r = tw_url_parse_proxy(cases[i].text, &looks_up, message, sizeof(message));

		if (r != (cases[i].fragment == NULL ? 0 : -EINVAL))
			fail_msg("%s: %d, %s", cases[i].text, r, message);
		if (r < 0)
			assert_contains(message, cases[i].fragment);
		else
			assert_int_equal(looks_up, cases[i].looks_up);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_long_hosts),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_proxies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
