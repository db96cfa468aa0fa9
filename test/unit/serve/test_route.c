/* serve/route, serve/respond, serve/page: what a path asks for, and what the answer is. */
#include "base/time.h"
#include "fake_monitor.h"
#include "fixture/compare.h"
#include "serve/page.h"
#include "serve/respond.h"
#include "serve/route.h"
#include "json/json.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_paths(void **state)
{
	static const struct {
		const char *target;
		enum tw_route route;
		const char *name;
	} cases[] = {
		{ "/", TW_ROUTE_PAGE, "" },
		{ "/?x=/status", TW_ROUTE_PAGE, "" },
		{ "/#top", TW_ROUTE_PAGE, "" },
		{ "/style.css", TW_ROUTE_STYLE, "" },
		{ "/icon.svg", TW_ROUTE_ICON, "" },
		{ "/page.js", TW_ROUTE_SCRIPT, "" },
		{ "/status", TW_ROUTE_STATUS, "" },
		{ "/status?pretty", TW_ROUTE_STATUS, "" },
		{ "/%73tatus", TW_ROUTE_STATUS, "" },
		{ "/select", TW_ROUTE_SELECT, "" },
		{ "/metrics", TW_ROUTE_METRICS, "" },
		{ "/health", TW_ROUTE_HEALTH, "" },
		{ "/live", TW_ROUTE_LIVE, "" },
		{ "/events", TW_ROUTE_EVENTS, "" },
		{ "/history", TW_ROUTE_HISTORY, "" },
		{ "/history/day", TW_ROUTE_HISTORY_DAY, "" },
		{ "/report", TW_ROUTE_REPORT, "" },
		{ "/report/day", TW_ROUTE_NONE, "" },
		{ "/pushes", TW_ROUTE_PUSHES, "" },
		{ "/history/week", TW_ROUTE_NONE, "" },
		{ "/history/day/", TW_ROUTE_NONE, "" },
		{ "/daemon/alpha", TW_ROUTE_NODE, "alpha" },
		{ "/daemon/alpha?a/chosen", TW_ROUTE_NODE, "alpha" },
		{ "/daemon/alpha/chosen", TW_ROUTE_NODE_CHOSEN, "alpha" },
		{ "/daemon/chosen/chosen", TW_ROUTE_NODE_CHOSEN, "chosen" },
		{ "/daemon/al%70h%61", TW_ROUTE_NODE, "alpha" },
		{ "/daemon/a%2Fb", TW_ROUTE_NODE, "a/b" },
		{ "/daemon/a%2fb/chosen", TW_ROUTE_NODE_CHOSEN, "a/b" },
		{ "/daemon/a+b", TW_ROUTE_NODE, "a+b" },
		{ "/daemon/", TW_ROUTE_NODE, "" },
		{ "/daemon//chosen", TW_ROUTE_NODE_CHOSEN, "" },
		{ "/daemon/a%00b", TW_ROUTE_NODE, "" },
		{ "/daemon/a%", TW_ROUTE_NODE, "" },
		{ "/daemon/a%4", TW_ROUTE_NODE, "" },
		{ "/daemon/a%4/chosen", TW_ROUTE_NODE_CHOSEN, "" },
		{ "/daemon/a%zz", TW_ROUTE_NODE, "" },
		{ "http://h:1/status", TW_ROUTE_STATUS, "" },
		{ "HTTP://h", TW_ROUTE_PAGE, "" },
		{ "https://h?x/status", TW_ROUTE_PAGE, "" },
		{ "", TW_ROUTE_NONE, "" },
		{ "*", TW_ROUTE_NONE, "" },
		{ "status", TW_ROUTE_NONE, "" },
		{ "//", TW_ROUTE_NONE, "" },
		{ "//status", TW_ROUTE_NONE, "" },
		{ "/status/", TW_ROUTE_NONE, "" },
		{ "/Status", TW_ROUTE_NONE, "" },
		{ "/statusx", TW_ROUTE_NONE, "" },
		{ "/status%00", TW_ROUTE_NONE, "" },
		{ "/%", TW_ROUTE_NONE, "" },
		{ "/daemon", TW_ROUTE_NONE, "" },
		{ "/daemons/alpha", TW_ROUTE_NONE, "" },
		{ "/daemon/alpha/", TW_ROUTE_NONE, "" },
		{ "/daemon/alpha/other", TW_ROUTE_NONE, "" },
		{ "/daemon/alpha/chosen/", TW_ROUTE_NONE, "" },
		{ "/../status", TW_ROUTE_NONE, "" },
	};
	char name[TW_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		(void)strcpy(name, "untouched");
		if (tw_route_parse(cases[i].target, name) != cases[i].route ||
			strcmp(name, cases[i].name) != 0)
			fail_msg("%s: wrong route, or name \"%s\"", cases[i].target, name);
	}
}

static void test_long_names(void **state)
{
	char target[20000] = "/daemon/", name[TW_NAME_MAX + 1];

	(void)state;
	memset(target + 8, 'n', TW_NAME_MAX);
	assert_int_equal(tw_route_parse(target, name), TW_ROUTE_NODE);
	assert_string_equal(name, target + 8);
	target[8 + TW_NAME_MAX] = 'n';
	assert_int_equal(tw_route_parse(target, name), TW_ROUTE_NODE);
	assert_string_equal(name, "");
	memset(target + 8, '/', sizeof(target) - 9);
	assert_int_equal(tw_route_parse(target, name), TW_ROUTE_NONE);
	memset(target + 8, '%', sizeof(target) - 9);
	assert_int_equal(tw_route_parse(target, name), TW_ROUTE_NODE);
	assert_string_equal(name, "");
}

/* Any bytes give a route, and a name that is one. */
static void test_random_targets(void **state)
{
	static const char alphabet[] = "/%?#daemonchosen/daemon/25fF\xff\x01 ";
	char target[64], name[TW_NAME_MAX + 1];

	(void)state;
	srand(1);
	for (int round = 0; round < 200000; round++) {
		size_t len = (size_t)rand() % sizeof(target);

		for (size_t i = 0; i < len; i++)
			target[i] = alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		target[len] = '\0';
		assert_that(tw_route_parse(target, name), <=, TW_ROUTE_NODE_CHOSEN);
		assert_non_null(memchr(name, '\0', sizeof(name)));
	}
}

static void test_accept(void **state)
{
	static const struct {
		const char *accept;
		bool is_openmetrics;
	} cases[] = {
		{ "", false },
		{ "*/*", false },
		{ "text/plain", false },
		{ "application/openmetrics-text", true },
		{ "Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", true },
		/* Prometheus 2.42, then with OpenMetrics less wanted */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			true },
		{ "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.4", false },
		{ "application/openmetrics-text;q=0", false },
		{ "application/openmetrics-text;q=0.000,*/*", false },
		{ "application/openmetrics-text; q=0.5 , text/*;q=0.6", false },
		{ "application/openmetrics-text;q=0.5,*/*;q=0.1", true },
		{ "application/openmetrics-textual", false },
		{ "application/openmetrics", false },
		{ ",,;;q=,;=application/openmetrics-text", false },
		{ "text/html, , application/openmetrics-text", true },
	};

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		if (tw_route_wants_openmetrics(cases[i].accept) != cases[i].is_openmetrics)
			fail_msg("Accept: %s", cases[i].accept);
	}
}

/* What q is taken for: OpenMetrics is answered when it is not below that of the other type. */
static void test_accept_q(void **state)
{
	static const struct {
		const char *q;
		int thousandths;
	} cases[] = {
		{ "0.001", 1 },
		{ "0.01", 10 },
		{ "0.1", 100 },
		{ "0.909", 909 },
		{ "0.", 0 },
		{ "0", 0 },
		{ "1", 1000 },
		{ "1.", 1000 },
		{ "1.000", 1000 },
		{ "1.001", 1000 },
		{ "1.9", 1000 },
		/* no numbers of this form */
		{ "", 1000 },
		{ "0.0001", 1000 },
		{ "2", 1000 },
		{ "/", 1000 },
		{ "00", 1000 },
		{ "0,1", 0 },
		{ "0./", 1000 },
		{ "0.:", 1000 },
		{ "0.1x", 1000 },
	};
	char accept[128];

	(void)state;
	for (size_t i = 0; i < TW_ARRAY_SIZE(cases); i++) {
		for (int other = 0; other <= 1000; other++) {
			bool is_above = cases[i].thousandths > 0 && cases[i].thousandths >= other;

			snprintf(accept, sizeof(accept),
				"text/plain;q=%d.%03d,application/openmetrics-text;q=%s",
				other / 1000, other % 1000, cases[i].q);
			if (tw_route_wants_openmetrics(accept) != is_above)
				fail_msg("Accept: %s", accept);
			snprintf(accept, sizeof(accept),
				"text/plain;q=%s,application/openmetrics-text;q=%d.%03d",
				cases[i].q, other / 1000, other % 1000);
			is_above = other > 0 && other >= cases[i].thousandths;
			if (tw_route_wants_openmetrics(accept) != is_above)
				fail_msg("Accept: %s", accept);
		}
	}
}

/* --- answers --- */

struct fixture {
	struct fake fake;
	struct tw_prom_node nodes[FAKE_NODES];
	struct tw_respond_source source;
	struct tw_http_reply reply;
	struct tw_history *history;
	int measured;
};

static void measure(void *ctx, struct tw_prom_process *ret_process)
{
	struct fixture *f = ctx;

	f->measured++;
	*ret_process = (struct tw_prom_process){ .control_clients = 77 };
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	fake_init(&f->fake);
	f->source = (struct tw_respond_source){
		.status = &f->fake.source, .nodes = f->nodes, .measure = measure, .ctx = f
	};
	if (tw_history_create(FAKE_NODES, TW_SEC, &f->history) < 0)
		return -1;
	f->source.history = f->history;
	tw_buf_init(&f->reply.body, 1 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tw_history_destroy(f->history);
	tw_buf_finish(&f->reply.body);
	free(f);
	return 0;
}

/* Asks, expects this status and a type that starts so, and gives the body. */
static const char *ask(struct fixture *f, const char *target, unsigned int status, const char *type)
{
	tw_buf_clear(&f->reply.body);
	tw_respond(&f->source, target, "", &f->reply);
	assert_int_equal(f->reply.body.error, 0);
	if (f->reply.status != status)
		fail_msg("%s: %u instead of %u", target, f->reply.status, status);
	assert_starts_with(f->reply.content_type, type);
	assert_int_equal(f->reply.body.data[f->reply.body.len - 1], '\n');
	return tw_buf_str(&f->reply.body);
}

/* Asks, expects JSON, and compares one text in it. */
static void ask_json(struct fixture *f, const char *target, unsigned int status, const char *path,
	const char *expected)
{
	const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 10000 };
	const char *body = ask(f, target, status, "application/json");
	struct tw_json_doc *doc;

	assert_int_equal(tw_json_parse(body, f->reply.body.len, &limits, &doc), TW_JSON_OK);
	assert_string_equal(tw_json_str(tw_json_find(tw_json_root(doc), path)), expected);
	tw_json_doc_destroy(doc);
}

static void test_answers(void **state)
{
	struct fixture *f = *state;

	ask_json(f, "/status", 200, "select.daemon.name", "beta");
	ask_json(f, "/select", 200, "daemon.name", "beta");
	ask_json(f, "/health", 200, "daemon.name", "beta");
	(void)ask(f, "/live", 200, "application/json");
	ask_json(f, "/daemon/beta", 200, "reason", "ok");
	ask_json(f, "/daemon/alpha", 503, "reason", "lagging");
	ask_json(f, "/daemon/seed", 503, "state", "unknown");
	ask_json(f, "/daemon/nobody", 404, "error.code", "unknown_node");
	ask_json(f, "/daemon/%22%3Cx", 404, "error.message",
		"no node is called \"\"<x\"; /status lists them all");
	ask_json(f, "/daemon/", 404, "error.code", "unknown_node");
	ask_json(f, "/daemon/beta/chosen", 200, "name", "beta");
	ask_json(f, "/daemon/alpha/chosen", 503, "name", "alpha");
	ask_json(f, "/daemon/nobody/chosen", 404, "error.code", "unknown_node");
	(void)ask(f, "/history", 200, "application/json");
	assert_contains(ask(f, "/report", 200, "application/json"), "\"days\":30,");
	/* Without links there is nothing to say. */
	assert_contains(ask(f, "/pushes", 200, "application/json"), ",\"daemons\":[]}");
	assert_contains(ask(f, "/history/day", 200, "application/json"), "\"step_ms\":60000,");
	ask_json(f, "/events/", 404, "error.code", "not_found");
	(void)ask(f, "/style.css", 200, "text/css");
	assert_string_equal(f->reply.tag, tw_page_style.tag);
	(void)ask(f, "/icon.svg", 200, "image/svg+xml");
	(void)ask(f, "/page.js", 200, "text/javascript");
	assert_string_not_equal(f->reply.tag, tw_page_style.tag);
	assert_int_equal(f->measured, 0);
	/* What is chosen though not healthy is chosen, and not usable. */
	f->fake.monitor.decision.is_usable = false;
	f->fake.monitor.views[1].verdict =
		(struct tw_verdict){ TW_STATE_UNRESPONSIVE, TW_REASON_TIMEOUT };
	ask_json(f, "/health", 503, "daemon.name", "beta");
	ask_json(f, "/select", 200, "daemon.name", "beta");
	ask_json(f, "/daemon/beta", 503, "reason", "timeout");
	ask_json(f, "/daemon/beta/chosen", 200, "name", "beta");
}

static void test_metrics(void **state)
{
	struct fixture *f = *state;
	const char *body = ask(f, "/metrics", 200, "text/plain; version=0.0.4");

	assert_int_equal(f->measured, 1);
	assert_contains(body, "\ntipwatch_control_clients 77\n");
	assert_lacks(body, "# EOF");
	tw_buf_clear(&f->reply.body);
	tw_respond(&f->source, "/metrics", "application/openmetrics-text", &f->reply);
	assert_string_equal(f->reply.content_type,
		"application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_contains(tw_buf_str(&f->reply.body), "# EOF\n");
}

/* One event: a status object between the fields of the HTML standard. */
static void test_events(void **state)
{
	static const char before[] = "retry: 2000\nid: 4711\ndata: {\"v\":1,";
	struct fixture *f = *state;
	const char *body = ask(f, "/events", 200, "text/event-stream"), *end;

	assert_true(f->reply.is_stream);
	assert_starts_with(body, before);
	end = strstr(body, "\n\n");
	assert_non_null(end);
	assert_int_equal(end + 2 - body, f->reply.body.len);
	/* No line end within the data would be one of it. */
	assert_ptr_equal(strchr(body + sizeof(before), '\n'), end);
}

static void test_error_replaces(void **state)
{
	struct fixture *f = *state;

	(void)ask(f, "/status", 200, "application/json");
	tw_http_reply_error(405, "method_not_allowed", "only \"GET\"", &f->reply);
	assert_int_equal(f->reply.status, 405);
	assert_string_equal(tw_buf_str(&f->reply.body),
		"{\"error\":{\"code\":\"method_not_allowed\",\"message\":\"only \\\"GET\\\"\"}}\n");
}

/* --- page --- */

static void test_page(void **state)
{
	static const char *const shown[] = { "<p class=\"big\">Use beta</p>",
		"<b>Mode consensus.</b> a majority of the nodes is on one chain",
		"beta is healthy, and stays.", "<dt>network height</dt><dd>1002</dd>",
		"<td class=\"state unhealthy\">unhealthy</td>",
		"lagging<span class=\"sub\">4 blocks behind</span>", "<td class=\"n\">998</td>",
		"<td class=\"n\">4 + 8</td>", "<td class=\"n\">2.3 ms</td>",
		">https://[::1]:11500<", "<td class=\"n\">5 min 0 s</td>",
		"reference, never chosen", "<td class=\"n\">&ndash;</td>",
		"<td>nobody</td><td>alpha</td><td>because of starting</td>", "up 15 min 0 s",
		("&quot;consensus&quot;:&quot;A majority of the nodes is on one chain.&quot;"),
		"The pool should mine if usable, and call the operator.",
		"&quot;lagging&quot;:&quot;unhealthy&quot;" };
	struct fixture *f = *state;
	const char *body = ask(f, "/", 200, "text/html; charset=utf-8");

	for (size_t i = 0; i < TW_ARRAY_SIZE(shown); i++) {
		if (strstr(body, shown[i]) == NULL)
			fail_msg("%s is not in:\n%s", shown[i], body);
	}
	/* What the content security policy would refuse must not be there. */
	assert_contains(body, "<script src=\"/page.js\" defer></script>");
	assert_lacks(strstr(body, "<script") + 1, "<script");
	assert_lacks(body, " onclick");
	assert_lacks(body, "@PLAIN@");
	assert_lacks(body, "style=\"");
	assert_lacks(body, "<style");
	assert_lacks(body, "src=\"http");
	assert_lacks(tw_page_style.text, "url(");
}

static void test_page_troubles(void **state)
{
	struct fixture *f = *state;
	const char *body;

	fake_init_blank(&f->fake);
	body = ask(f, "/", 200, "text/html");
	assert_contains(body, "No daemon to use");
	assert_lacks(body, "Last switches");
	f->fake.monitor.decision.chosen = 0;
	f->fake.monitor.decision.is_pinned = true;
	f->fake.monitor.decision.is_stalled = true;
	f->fake.monitor.decision.is_island = 1;
	body = ask(f, "/", 200, "text/html");
	assert_contains(body, "Not usable: alpha");
	assert_contains(body, "Pinned: ");
	assert_contains(body, "Stalled: ");
	assert_contains(body, "Island: ");
}

static void test_page_hostile(void **state)
{
	static const char evil[] = "</td><script>alert('1')</script>&\"\x1b[2J";
	struct fixture *f = *state;
	const char *body;

	f->fake.monitor.verdict_text[0] = evil;
	f->fake.monitor.choice_text = evil;
	(void)strcpy(f->fake.nodes[1].policy.name, "<b>&'\"");
	(void)strcpy(f->fake.nodes[1].url.text, "http://h/\"><img src=x>");
	body = ask(f, "/", 200, "text/html");
	assert_lacks(body, "<script>");
	assert_lacks(body, "<img");
	assert_lacks(body, "<b>&");
	assert_lacks(body, "\x1b");
	assert_contains(body, "&lt;/td&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"
			      "&amp;&quot;&#xfffd;[2J");
	assert_contains(body, "&lt;b&gt;&amp;&#39;&quot;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_random_targets),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_accept_q),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_events, setup, teardown),
		cmocka_unit_test_setup_teardown(test_error_replaces, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page_troubles, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page_hostile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
