/* See conf_check.h. */
#include "conf/check.h"
#include "base/span.h"
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
	tw_conf_quote(&quoted, text, len);
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

	return tw_listen_parse(text, &listen, message, size);
}

/* By the rights of this process, which are those it will be run with. */
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

static const struct tw_conf_item *member(
	const struct tw_conf_reader *reader, const char *section, const char *key)
{
	return tw_conf_member(tw_conf_member(tw_conf_root(reader->doc), section), key);
}

/* min_timeout against probe.timeout and every node's own. */
static void check_timeouts(struct tw_conf_reader *reader, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	const struct tw_policy *policy = &config->policy;
	const struct tw_conf_item *item = member(reader, "probe", "min_timeout");
	char min[TW_SPAN_TEXT_MAX], max[TW_SPAN_TEXT_MAX];

	tw_span_exact(policy->min_timeout_us, min);
	tw_span_exact(policy->timeout_us, max);
	if (policy->min_timeout_us > policy->timeout_us)
		tw_conf_complain_item(reader, item,
			"probe.min_timeout (%s) must not be longer than probe.timeout (%s)", min,
			max);
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		int64_t timeout_us = config->nodes[i].policy.timeout_us;

		if (timeout_us == 0 || timeout_us >= policy->min_timeout_us)
			continue;
		tw_span_exact(timeout_us, max);
		tw_conf_complain_item(reader, tw_conf_member(items[i], "timeout"),
			"timeout (%s) must be at least probe.min_timeout (%s)", max, min);
	}
}

static void check_stall(struct tw_conf_reader *reader, const struct tw_policy *policy)
{
	char stall[TW_SPAN_TEXT_MAX], target[TW_SPAN_TEXT_MAX];

	if (policy->stall_for_us >= policy->block_target_us)
		return;
	tw_span_exact(policy->stall_for_us, stall);
	tw_span_exact(policy->block_target_us, target);
	tw_conf_complain_item(reader, member(reader, "decision", "stall_for"),
		"decision.stall_for must be a duration of at least coin.block_target (%s); it is "
		"%s",
		target, stall);
}

static void check_quorum(struct tw_conf_reader *reader, const struct tw_config *config)
{
	uint32_t quorum = config->policy.quorum, n = config->n_nodes;

	if (quorum == 0 || (quorum >= n / 2 + 1 && quorum <= n))
		return;
	tw_conf_complain_item(reader, member(reader, "decision", "quorum"),
		"decision.quorum must be 0 (a majority) or between %u and %u with %u node%s; it "
		"is %u",
		n / 2 + 1, n, n, n == 1 ? "" : "s", quorum);
}

static void check_primary(struct tw_conf_reader *reader, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	const struct tw_conf_item *first = NULL, *item;
	char where[TW_CONF_WHERE_MAX];

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct tw_node_policy *node = &config->nodes[i].policy;

		if (!node->is_primary)
			continue;
		item = tw_conf_member(items[i], "primary");
		if (node->role == TW_ROLE_REFERENCE) {
			tw_conf_complain_item(reader, item,
				"a reference cannot be primary; primary = true is allowed for one "
				"daemon");
			continue;
		}
		if (first == NULL) {
			first = item;
			continue;
		}
		tw_conf_complain_item(reader, item,
			"two daemons are primary, the other one in %s; only one may be",
			tw_conf_where(reader->report, tw_conf_item_place(reader->doc, item),
				tw_conf_item_place(reader->doc, first), where));
	}
}

static void check_twins(struct tw_conf_reader *reader, const struct tw_config *config,
	const struct tw_conf_item *const *items, bool is_url)
{
	const char *key = is_url ? "url" : "name";

	for (uint32_t i = 1; i < config->n_nodes; i++) {
		const struct tw_node_conf *b = &config->nodes[i];
		const char *text = is_url ? b->url.text : b->policy.name;

		for (uint32_t j = 0; j < i && text[0] != '\0'; j++) {
			const struct tw_node_conf *a = &config->nodes[j];
			const struct tw_conf_item *item, *other;
			char where[TW_CONF_WHERE_MAX];

			if (strcmp(text, is_url ? a->url.text : a->policy.name) != 0)
				continue;
			item = tw_conf_member(items[i], key);
			other = tw_conf_member(items[j], key);
			(void)tw_conf_where(reader->report, tw_conf_item_place(reader->doc, item),
				tw_conf_item_place(reader->doc, other), where);
			if (is_url)
				tw_conf_complain_item(reader, item,
					"this url is the same daemon as the one in %s (%s); each "
					"may be there once",
					where, text);
			else
				tw_conf_complain_item(reader, item,
					"the name \"%s\" is taken by the daemon in %s; names must "
					"differ",
					text, where);
			break;
		}
	}
}

void tw_conf_check_relations(struct tw_conf_reader *reader, const struct tw_config *config,
	const struct tw_conf_item *const *items)
{
	check_timeouts(reader, config, items);
	check_stall(reader, &config->policy);
	check_primary(reader, config, items);
	check_twins(reader, config, items, false);
	check_twins(reader, config, items, true);
	if (!reader->report->is_incomplete)
		check_quorum(reader, config);
}
