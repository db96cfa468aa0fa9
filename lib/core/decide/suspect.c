/* See suspect.h. */
#include "core/decide/suspect.h"
#include "core/model.h"
#include "core/reason.h"

/* A row is suspected by a template that all daemons have, or by a reason that all have. */
static const struct row {
	const char *word;
	const char *setting;
	enum tw_template template; /* TW_TEMPLATE_UNCHECKED: it is suspected by the reason */
	enum tw_reason reason;     /* of every daemon */
	bool is_plain;             /* one daemon that says so is enough: its words are clear */
	const char *meaning;
	const char *remedy; /* NULL: that of the reason */
} rows[TW_SUSPECTS] = {
	[TW_SUSPECT_ADDRESS] = {
		.word = "wallet_address",
		.setting = "template.wallet_address",
		.template = TW_TEMPLATE_ADDRESS,
		.is_plain = true,
		.meaning = "no daemon takes this wallet address; until one does, daemons are "
			   "judged without their templates",
		.remedy = "Correct the address, which may also belong to another coin or network, "
			  "and run tipwatchctl reload.",
	},
	[TW_SUSPECT_LATE] = {
		.word = "template_timeout",
		.setting = "probe.timeout",
		.template = TW_TEMPLATE_LATE,
		.meaning = "no daemon gives a block template within probe.timeout; until one does, "
			   "daemons are judged without their templates",
		.remedy = "Time a getblocktemplate call by hand: raise probe.timeout above that, or "
			  "find out what slows the daemons down.",
	},
	[TW_SUSPECT_REFERENCES] = {
		.word = "references",
		.setting = "role = \"reference\"",
		.reason = TW_REASON_FORKED,
		.meaning = "every daemon is on another chain than the references, and these "
			   "outvote it",
		.remedy = "Compare block hashes with an explorer of the coin. Where the references "
			  "are wrong, for instance because they were not upgraded at a hard fork, "
			  "drain them (tipwatchctl drain NAME): a drained reference does not vote.",
	},
	[TW_SUSPECT_LOGIN] = {
		.word = "login",
		.setting = "user, password_file",
		.reason = TW_REASON_AUTH,
		.meaning = "every daemon wants a user and a password, or other ones, and nothing "
			   "is known of any",
	},
	[TW_SUSPECT_CERTIFICATE] = {
		.word = "certificate",
		.setting = "ca_file",
		.reason = TW_REASON_TLS,
		.meaning = "no trusted TLS connection can be made to any daemon, and nothing is "
			   "known of any",
	},
	[TW_SUSPECT_REPLY] = {
		.word = "max_reply",
		.setting = "probe.max_reply",
		.reason = TW_REASON_TOO_LARGE,
		.meaning = "the reply of every daemon is larger than max_reply allows, and nothing "
			   "is known of any",
	},
	[TW_SUSPECT_PEERS] = {
		.word = "min_peers",
		.setting = "decision.min_peers",
		.reason = TW_REASON_ISOLATED,
		.meaning = "every daemon has fewer than min_peers peers, so that none votes and "
			   "none is healthy",
		.remedy = "Lower min_peers, where so few peers are usual; else look at what the "
			  "daemons have in common: the network, the firewall.",
	},
};

/* The daemons that the pool may use. */
static bool counts(const struct tw_monitor *m, int32_t i)
{
	return tw_model_is_daemon(m, i) && !m->nodes[i].is_drained;
}

static bool answers(const struct tw_node *node)
{
	return node->health.has_answered && !node->health.is_down;
}

/*
 * Whether no daemon gives templates, and at least half of them fail in the way of the row. A lone
 * one that is left may be broken itself, unless its own words say what is wrong.
 */
static bool is_template_suspect(const struct tw_monitor *m, const struct row *row)
{
	uint32_t n = 0, alike = 0;

	for (int32_t i = 0; i < (int32_t)m->n; i++) {
		const struct tw_node *node = &m->nodes[i];

		if (!counts(m, i))
			continue;
		n++;
		if (!answers(node))
			continue;
		if (node->template == TW_TEMPLATE_OK || node->template == TW_TEMPLATE_STALE)
			return false;
		alike += node->template == row->template;
	}
	if (row->is_plain)
		return alike > 0;
	return alike > 0 && 2 * alike >= n && (alike > 1 || n == 1);
}

/* Whether a row is about such a template. */
static bool is_in_row(enum tw_template template)
{
	for (int i = 1; template != TW_TEMPLATE_UNCHECKED && i < TW_SUSPECTS; i++) {
		if (rows[i].template == template)
			return true;
	}
	return false;
}

static bool has_failed_templates(const struct tw_monitor *m)
{
	for (uint32_t i = 0; i < m->n; i++) {
		if (is_in_row(m->nodes[i].template))
			return true;
	}
	return false;
}

void tw_suspect_note_template(struct tw_monitor *monitor, int32_t node)
{
	monitor->has_failed_templates =
		monitor->has_failed_templates || is_in_row(monitor->nodes[node].template);
}

void tw_suspect_note_templates(struct tw_monitor *monitor)
{
	enum tw_suspect suspect = TW_SUSPECT_NONE;

	/* Most often no template has failed. */
	monitor->has_failed_templates =
		monitor->has_failed_templates && has_failed_templates(monitor);
	for (int i = 1;
		monitor->has_failed_templates && i < TW_SUSPECTS && suspect == TW_SUSPECT_NONE;
		i++) {
		if (rows[i].template != TW_TEMPLATE_UNCHECKED &&
			is_template_suspect(monitor, &rows[i]))
			suspect = (enum tw_suspect)i;
	}
	monitor->decision.suspect = suspect;
	if (suspect == TW_SUSPECT_NONE)
		return;
	for (uint32_t i = 0; i < monitor->n; i++) {
		struct tw_node *node = &monitor->nodes[i];

		/* Its failed template says nothing about the node. */
		if (node->template != rows[suspect].template)
			continue;
		/* The next one would fail as well: the usual interval is often enough. */
		node->wants_template = false;
		node->template_fails = 0;
		tw_model_mark(monitor, TW_PART_VERDICT, (int32_t)i);
	}
}

/* Whether every daemon has the reason of the row, and somebody else is to blame for it. */
static bool is_reason_suspect(const struct tw_monitor *m, const struct row *row)
{
	uint32_t n = 0, others = 0;

	for (int32_t i = 0; i < (int32_t)m->n; i++) {
		const struct tw_node *node = &m->nodes[i];

		if (!tw_model_is_daemon(m, i)) {
			others += m->chains[i] != NULL && m->votes.relation[i] == TW_RELATION_MAIN;
			continue;
		}
		if (node->is_drained)
			continue;
		if (node->verdict.reason != row->reason)
			return false;
		/* Without any peers it really is cut off. */
		if (row->reason == TW_REASON_ISOLATED && tw_node_peers(node) == 0)
			return false;
		n++;
	}
	return n > 0 && (row->reason != TW_REASON_FORKED || others > 0);
}

void tw_suspect_note_verdicts(struct tw_monitor *monitor)
{
	for (int i = 1; i < TW_SUSPECTS; i++) {
		if (monitor->decision.suspect != TW_SUSPECT_NONE)
			return;
		if (rows[i].template == TW_TEMPLATE_UNCHECKED &&
			is_reason_suspect(monitor, &rows[i]))
			monitor->decision.suspect = (enum tw_suspect)i;
	}
}

const char *tw_suspect_word(enum tw_suspect suspect)
{
	return rows[suspect].word;
}

const char *tw_suspect_setting(enum tw_suspect suspect)
{
	return rows[suspect].setting;
}

const char *tw_suspect_meaning(enum tw_suspect suspect)
{
	return rows[suspect].meaning;
}

const char *tw_suspect_remedy(enum tw_suspect suspect)
{
	const struct row *row = &rows[suspect];

	return row->remedy != NULL ? row->remedy : tw_reason_remedy(row->reason);
}
