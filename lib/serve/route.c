/* See route.h. */
#include "serve/route.h"
#include "base/hash.h"
#include <string.h>
#include <strings.h>

enum { SEGMENTS_MAX = 3 };

/* The text between two slashes, decoded. */
struct segment {
	char text[TW_NAME_MAX + 1];
	bool is_bad; /* too long or badly encoded: no name is like that */
};

static void decode(const char *text, size_t len, struct segment *ret_segment)
{
	size_t n = 0;

	*ret_segment = (struct segment){ 0 };
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < len ? tw_hash_hex_digit(text[i + 1]) : -1;
			int low = i + 2 < len ? tw_hash_hex_digit(text[i + 2]) : -1;
			int value = high < 0 || low < 0 ? 0 : high << 4 | low;

			c = (char)value;
			i += 2;
		}
		if (c == '\0' || n == TW_NAME_MAX) {
			*ret_segment = (struct segment){ .is_bad = true };
			return;
		}
		ret_segment->text[n++] = c;
	}
}

/* The path of a target in absolute form (every server has to understand it). */
static const char *skip_authority(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < TW_ARRAY_SIZE(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (strncasecmp(target, schemes[i], len) == 0) {
			target += len + strcspn(target + len, "/?#");
			return *target == '/' ? target : "/";
		}
	}
	return target;
}

/* Cuts a path into segments. Returns their number, 0 for a text that is no path or has too many. */
static size_t cut(const char *path, struct segment segments[SEGMENTS_MAX])
{
	size_t n = 0;

	while (*path == '/') {
		size_t len = strcspn(path + 1, "/?#");

		if (n == SEGMENTS_MAX)
			return 0;
		decode(path + 1, len, &segments[n++]);
		path += 1 + len;
	}
	return n;
}

enum tw_route tw_route_parse(const char *target, char ret_name[TW_NAME_MAX + 1])
{
	static const struct {
		const char *word;
		enum tw_route route;
	} words[] = {
		{ "", TW_ROUTE_PAGE },
		{ "style.css", TW_ROUTE_STYLE },
		{ "icon.svg", TW_ROUTE_ICON },
		{ "page.js", TW_ROUTE_SCRIPT },
		{ "status", TW_ROUTE_STATUS },
		{ "select", TW_ROUTE_SELECT },
		{ "metrics", TW_ROUTE_METRICS },
		{ "health", TW_ROUTE_HEALTH },
		{ "live", TW_ROUTE_LIVE },
		{ "events", TW_ROUTE_EVENTS },
		{ "history", TW_ROUTE_HISTORY },
		{ "blocks", TW_ROUTE_BLOCKS },
		{ "report", TW_ROUTE_REPORT },
		{ "pushes", TW_ROUTE_PUSHES },
	};
	struct segment segments[SEGMENTS_MAX];
	size_t n = cut(skip_authority(target), segments);

	ret_name[0] = '\0';
	if (n == 0 || segments[0].is_bad)
		return TW_ROUTE_NONE;
	if (n == 1) {
		for (size_t i = 0; i < TW_ARRAY_SIZE(words); i++) {
			if (strcmp(segments[0].text, words[i].word) == 0)
				return words[i].route;
		}
		return TW_ROUTE_NONE;
	}
	if (n == 2 && strcmp(segments[0].text, "history") == 0 &&
		strcmp(segments[1].text, "day") == 0)
		return TW_ROUTE_HISTORY_DAY;
	if (strcmp(segments[0].text, "daemon") != 0 ||
		(n == 3 && strcmp(segments[2].text, "chosen") != 0))
		return TW_ROUTE_NONE;
	(void)strcpy(ret_name, segments[1].text);
	return n == 3 ? TW_ROUTE_NODE_CHOSEN : TW_ROUTE_NODE;
}

/* --- Accept --- */

/* One element of a list: a media range with its parameters. */
struct range {
	const char *type;
	size_t type_len;
	int q; /* thousandths */
};

static size_t skip_space(const char *text)
{
	return strspn(text, " \t");
}

/* "0.75" is 750; a text that is no such number counts as 1000. */
static int parse_q(const char *text, size_t len)
{
	int q = 0, scale = 100;

	if (len == 0 || len > 5 || (text[0] != '0' && text[0] != '1') ||
		(len > 1 && text[1] != '.'))
		return 1000;
	q = 1000 * (text[0] - '0');
	for (size_t i = 2; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 1000;
		q += scale * (text[i] - '0');
		scale /= 10;
	}
	return q > 1000 ? 1000 : q;
}

/* Takes the first element off a list. False at its end. */
static bool next_range(const char **list, struct range *ret_range)
{
	const char *p = *list + strspn(*list, " \t,");

	if (*p == '\0')
		return false;
	ret_range->type = p;
	ret_range->type_len = strcspn(p, " \t,;");
	ret_range->q = 1000;
	p += ret_range->type_len;
	for (p += skip_space(p); *p == ';'; p += skip_space(p)) {
		p += 1 + skip_space(p + 1);
		if ((p[0] == 'q' || p[0] == 'Q') && p[1] == '=')
			ret_range->q = parse_q(p + 2, strcspn(p + 2, " \t,;"));
		p += strcspn(p, ",;");
	}
	*list = p + strcspn(p, ",");
	return true;
}

bool tw_route_wants_openmetrics(const char *accept)
{
	static const struct {
		const char *type;
		bool is_openmetrics;
	} types[] = {
		{ "application/openmetrics-text", true },
		{ "text/plain", false },
		{ "text/*", false },
		{ "*/*", false },
	};
	int q_openmetrics = 0, q_text = 0;
	struct range range;

	while (next_range(&accept, &range)) {
		for (size_t i = 0; i < TW_ARRAY_SIZE(types); i++) {
			int *q = types[i].is_openmetrics ? &q_openmetrics : &q_text;

			if (range.type_len == strlen(types[i].type) &&
				strncasecmp(range.type, types[i].type, range.type_len) == 0 &&
				range.q > *q)
				*q = range.q;
		}
	}
	return q_openmetrics > 0 && q_openmetrics >= q_text;
}
