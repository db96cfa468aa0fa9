/* See reason.h. */
#include "core/reason.h"
#include <assert.h>
#include <errno.h>
#include <string.h>

static const struct row {
	const char *word;
	enum tw_state state;
	int badness;           /* in steps of ten, so that a new reason finds room between two */
	enum tw_result result; /* the failed check that gives this reason */
	bool is_distrusted;
	const char *meaning;
	const char *remedy;
} rows[TW_REASONS] = {
	[TW_REASON_REFUSED] = {
		.word = "refused",
		.state = TW_STATE_UNRESPONSIVE,
		.result = TW_RESULT_REFUSED,
		.meaning = "nothing listens there; is the daemon running?",
		.remedy = "Start the daemon, or correct its address in the configuration.",
	},
	[TW_REASON_TIMEOUT] = {
		.word = "timeout",
		.state = TW_STATE_UNRESPONSIVE,
		.result = TW_RESULT_TIMEOUT,
		.meaning = "it does not answer in time",
		.remedy = "Look at the load of its machine and at its log. A daemon that accepts "
			  "connections and answers none has frozen: restart it.",
	},
	[TW_REASON_RESET] = {
		.word = "reset",
		.state = TW_STATE_UNRESPONSIVE,
		.result = TW_RESULT_RESET,
		.meaning = "it closes the connection before it has answered",
		.remedy = "Look at its log for crashes, and for a limit on connections.",
	},
	[TW_REASON_RESOLVE] = {
		.word = "resolve",
		.state = TW_STATE_UNRESPONSIVE,
		.result = TW_RESULT_RESOLVE,
		.meaning = "its host name cannot be resolved",
		.remedy = "Correct the name in the configuration, or repair the DNS.",
	},
	[TW_REASON_TLS] = {
		.word = "tls",
		.state = TW_STATE_UNRESPONSIVE,
		.result = TW_RESULT_TLS,
		.meaning = "no trusted TLS connection can be made to it",
		.remedy = "Renew its certificate, or set ca_file to the authority that signed it. For "
			  "a certificate that no authority has signed, such as monerod's own, set "
			  "tls_fingerprint to the one that the error shows, after comparing it with "
			  "the one on its machine. Where it asks for a certificate of its clients, "
			  "set tls_cert and tls_key.",
	},
	[TW_REASON_BAD_REPLY] = {
		.word = "bad_reply",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_BAD_REPLY,
		.meaning = "its answers make no sense",
		.remedy = "Check that the address is that of the daemon's RPC port and that its "
			  "dialect is right; then look at its log.",
	},
	[TW_REASON_TOO_LARGE] = {
		.word = "too_large",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_TOO_LARGE,
		.meaning = "its answer is larger than max_reply allows",
		.remedy = "Raise max_reply, if the address is really that of a daemon.",
	},
	[TW_REASON_AUTH] = {
		.word = "auth",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_AUTH,
		.meaning = "it wants a user and a password, or other ones",
		.remedy = "Correct the user and the password in the configuration.",
	},
	[TW_REASON_BUSY] = {
		.word = "busy",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_BUSY,
		.meaning = "it says that its core is busy: it is still synchronising, and answers "
			   "no questions about its chain",
		.remedy = "Let it synchronise. If it goes on for hours, look at its log and its "
			  "peers.",
	},
	[TW_REASON_LIMITED] = {
		.word = "limited",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_LIMITED,
		.meaning = "it limits how often it may be asked, so far that no check comes to an "
			   "end",
		.remedy = "Give the node a longer timeout and a longer interval, or have its "
			  "operator raise the limit for this address.",
	},
	[TW_REASON_WRECKED] = {
		.word = "wrecked",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_WRECKED,
		.is_distrusted = true,
		.meaning = "the chain in its memory is corrupt; restart it, so that it reads its "
			   "chain from disk again, and synchronises",
		.remedy = "Restart it. If it happens again, find out what sends it found blocks at "
			  "the moment when they come from its peers: tipwatch-control(7), "
			  "SUBMITTING A BLOCK.",
	},
	[TW_REASON_BOOTSTRAPPING] = {
		.word = "bootstrapping",
		.state = TW_STATE_UNHEALTHY,
		.result = TW_RESULT_BOOTSTRAPPING,
		.is_distrusted = true,
		.meaning = "it hands on the answers of its bootstrap daemon and refuses found "
			   "blocks, until it has synchronised",
		.remedy = "Wait until it has synchronised, or start it without "
			  "--bootstrap-daemon-address.",
	},
	[TW_REASON_WRONG_NETWORK] = {
		.word = "wrong_network",
		.state = TW_STATE_UNHEALTHY,
		.is_distrusted = true,
		.meaning = "it is on another network than the daemons, such as a test network",
		.remedy = "Correct its address in the configuration, or start it for the right "
			  "network.",
	},
	[TW_REASON_MIXED] = {
		.word = "mixed",
		.state = TW_STATE_UNHEALTHY,
		.badness = 35,
		.meaning = "its answers come from different nodes that do not have the same blocks",
		.remedy = "Give each daemon behind its address an address of its own in the "
			  "configuration, or have the proxy keep each client with one of them.",
	},
	[TW_REASON_FORKED] = {
		.word = "forked",
		.state = TW_STATE_UNHEALTHY,
		.badness = 70,
		.meaning = "it is on another chain: it left the main chain more than "
			   "fork_tolerance blocks below its own tip, or lost a race for longer "
			   "than lag_for",
		.remedy = "If it does not come back by itself, restart it and look at its peers "
			  "and its version: a fork of the network may need an upgrade.",
	},
	[TW_REASON_FALSE_BLOCKS] = {
		.word = "false_blocks",
		.state = TW_STATE_UNHEALTHY,
		.badness = 65,
		.meaning = "it showed blocks too often that the network then did not confirm, and "
			   "is not believed for a time",
		.remedy = "Wait: it is believed again after some more confirmed blocks, twice as "
			  "many each time. If it comes back to this, look at its peers and at who "
			  "runs it; do not use it while you do not know why.",
	},
	[TW_REASON_AHEAD] = {
		.word = "ahead",
		.state = TW_STATE_UNHEALTHY,
		.badness = 40,
		.meaning = "it shows more than max_lead blocks beyond the network, and no other "
			   "node has them",
		.remedy = "Wait for a second node to show its blocks. If none does, it follows a "
			  "chain of its own: look at its peers.",
	},
	[TW_REASON_ISOLATED] = {
		.word = "isolated",
		.state = TW_STATE_UNHEALTHY,
		.badness = 60,
		.meaning = "it has fewer than min_peers peers",
		.remedy = "Look at its network, its firewall and its list of peers.",
	},
	[TW_REASON_LAGGING] = {
		.word = "lagging",
		.state = TW_STATE_UNHEALTHY,
		.badness = 30,
		.meaning = "it is behind the network by more than max_lag blocks, or for longer "
			   "than lag_for",
		.remedy = "Let it catch up. If the gap grows, restart it.",
	},
	[TW_REASON_NO_TEMPLATE] = {
		.word = "no_template",
		.state = TW_STATE_UNHEALTHY,
		.badness = 50,
		.meaning = "it gives no block template",
		.remedy = "Check the wallet address of the configuration; then look at its log.",
	},
	[TW_REASON_STALE_TEMPLATE] = {
		.word = "stale_template",
		.state = TW_STATE_UNHEALTHY,
		.badness = 20,
		.meaning = "its block templates do not build on its own newest block",
		.remedy = "If it goes on, restart it.",
	},
	[TW_REASON_WARMING] = {
		.word = "warming",
		.state = TW_STATE_UNHEALTHY,
		.badness = 10,
		.meaning = "it answers again, but has not yet had enough good checks in a row",
		.remedy = "Wait. A daemon that fails often needs more good checks each time.",
	},
	[TW_REASON_DRAINED] = {
		.word = "drained",
		.state = TW_STATE_MAINTENANCE,
		.meaning = "taken out by the operator; undrain brings it back",
		.remedy = "Undrain it when the work on it is done.",
	},
	[TW_REASON_UNCHECKED] = {
		.word = "unchecked",
		.state = TW_STATE_UNKNOWN,
		.meaning = "not checked yet",
		.remedy = "Wait for its first check.",
	},
	[TW_REASON_OK] = {
		.word = "ok",
		.state = TW_STATE_HEALTHY,
		.meaning = "nothing is wrong with it",
		.remedy = "",
	},
	[TW_REASON_RACING] = {
		.word = "racing",
		.state = TW_STATE_HEALTHY,
		.meaning = "it is on the losing side of a race no deeper than fork_tolerance "
			   "blocks, for at most lag_for",
		.remedy = "",
	},
};

const char *tw_reason_word(enum tw_reason reason)
{
	return rows[reason].word;
}

int tw_reason_parse(const char *word, enum tw_reason *ret_reason)
{
	for (int i = 0; i < TW_REASONS; i++) {
		if (strcmp(rows[i].word, word) == 0) {
			*ret_reason = (enum tw_reason)i;
			return 0;
		}
	}
	return -EINVAL;
}

enum tw_state tw_reason_state(enum tw_reason reason)
{
	return rows[reason].state;
}

struct tw_verdict tw_reason_verdict(enum tw_reason reason)
{
	return (struct tw_verdict){ rows[reason].state, reason };
}

const char *tw_reason_meaning(enum tw_reason reason)
{
	return rows[reason].meaning;
}

const char *tw_reason_remedy(enum tw_reason reason)
{
	return rows[reason].remedy;
}

enum tw_result tw_reason_result(enum tw_reason reason)
{
	return rows[reason].result;
}

enum tw_reason tw_reason_of_result(enum tw_result result)
{
	int reason = 0;

	while (rows[reason].result != result) {
		reason++;
		assert(reason < TW_REASONS);
	}
	return (enum tw_reason)reason;
}

bool tw_reason_is_distrusted(enum tw_reason reason)
{
	return rows[reason].is_distrusted;
}

int tw_reason_badness(enum tw_reason reason, bool is_mineable)
{
	/* Of those that can be mined on, the ones without peers come later, those not at T last. */
	if (is_mineable)
		return rows[TW_REASON_WARMING].badness + (reason == TW_REASON_ISOLATED) +
		       2 * (reason == TW_REASON_LAGGING) + 3 * (reason == TW_REASON_FORKED);
	return rows[reason].badness;
}

int tw_reason_severity(enum tw_reason reason)
{
	switch (rows[reason].state) {
	case TW_STATE_HEALTHY:
		return reason == TW_REASON_OK ? 0 : 1;
	case TW_STATE_UNKNOWN:
	case TW_STATE_MAINTENANCE:
		return 2;
	case TW_STATE_UNHEALTHY:
	case TW_STATE_UNRESPONSIVE:
		break;
	}
	/* The rows before drained are ordered worst first. */
	return 2 + TW_REASON_DRAINED - (int)reason;
}
