/*
 * What must always hold (decision.md), over random histories. TW_SEED is the first one (the others
 * follow), TW_HISTORIES how many there are. One that fails is cut down to a short one and printed
 * as a journal for `tipwatchctl replay`.
 */
#include "base/num.h"
#include "explain/view.h"
#include "invariants.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HISTORIES = 100000, WORKERS = 2, KEPT = 4 * HISTORY_RECORDS };

/* --- the decisions of one feeding, to compare with another one --- */

struct kept {
	int64_t t_us;
	enum tw_mode mode;
	struct tw_point tip;
	int64_t anchor;
	uint64_t epoch, chain_epoch;
	int32_t chosen;
	bool is_usable;
	bool has_acted;
	int64_t deadline_us;
	enum tw_reason reasons[HISTORY_NODES];
};

static struct kept kept[KEPT], last;
static uint32_t n_kept, n_compared;
static bool is_comparable; /* so far nothing was decided by what may change */
static bool is_on_its_own; /* T may have followed a lone leader that witnesses know */

/* Ties that only the order in the file breaks: nobody is healthy, or equals from the start. */
static bool is_by_order(const struct feed_state *state)
{
	switch (state->decision->reason) {
	case TW_CHOICE_LEAST_BAD:
	case TW_CHOICE_PRIMARY:
	case TW_CHOICE_STARTING:
		return true;
	case TW_CHOICE_INITIAL:
	case TW_CHOICE_INCUMBENT:
	case TW_CHOICE_INCUMBENT_BAD:
	case TW_CHOICE_PRIORITY:
	case TW_CHOICE_PINNED:
	case TW_CHOICE_NONE:
		break;
	}
	return false;
}

static struct kept keep(const struct feed_state *state)
{
	const struct tw_decision *d = state->decision;
	struct kept now = { .t_us = state->t_us,
		.mode = d->mode,
		.tip = d->tip,
		.anchor = d->anchor_height,
		.epoch = d->epoch,
		.chain_epoch = d->chain_epoch,
		.chosen = state->chosen,
		.is_usable = d->is_usable,
		.has_acted = state->has_acted,
		.deadline_us = tw_monitor_deadline(state->monitor) };

	for (uint32_t i = 0; i < state->history->n; i++)
		now.reasons[i] = tw_monitor_verdict(state->monitor, state->place[i]).reason;
	return now;
}

/* Warming up is counted in checks. */
static bool is_counting(const struct kept *before)
{
	for (uint32_t i = 0; i < HISTORY_NODES; i++) {
		if (before->reasons[i] == TW_REASON_WARMING)
			return true;
	}
	return false;
}

struct first_run {
	struct invariants invariants;
};

static const char *keep_and_check(void *ctx, const struct feed_state *state)
{
	struct first_run *run = ctx;

	if (!state->is_timer && n_kept < KEPT)
		kept[n_kept++] = keep(state);
	return invariants_check(&run->invariants, state);
}

static bool is_same_course(const struct kept *a, const struct kept *b)
{
	return a->mode == b->mode && a->anchor == b->anchor && a->chain_epoch == b->chain_epoch &&
	       a->tip.height == b->tip.height &&
	       (a->tip.height < 0 || tw_hash_equal(&a->tip.hash, &b->tip.hash));
}

static bool is_same_choice(const struct kept *a, const struct kept *b)
{
	return a->chosen == b->chosen && a->is_usable == b->is_usable && a->epoch == b->epoch &&
	       memcmp(a->reasons, b->reasons, sizeof(a->reasons)) == 0;
}

/* Whether one voter alone may have blocks above T, and a witness too. T may have just moved. */
static bool has_known_leader(const struct feed_state *state, int64_t old_height)
{
	int64_t height = tw_min(state->decision->tip.height, old_height);

	for (int32_t i = 0; i < (int32_t)state->history->n; i++) {
		struct tw_view_node view;

		tw_view_node(state->monitor, i, &view);
		if (view.is_voting && view.fork_height < 0 &&
			history_count_witnesses(state->history, state->t_us, view.chain, height) >
				0)
			return true;
	}
	return false;
}

/* A step in which nothing happened and nothing was due. */
static const char *compare_idle(const struct feed_state *state)
{
	struct kept now = keep(state);

	if (!is_same_course(&now, &last))
		return "a step in which nothing was due changes T, C or the mode";
	if (!is_same_choice(&now, &last))
		return "a step in which nothing was due changes the choice";
	return state->has_acted ? "a step in which nothing was due asks for something" : NULL;
}

/* What is found anew of all nodes is what was kept of them. */
static const char *compare_touched(const struct kept *now, const struct kept *before)
{
	if (!is_same_course(now, before) || !is_same_choice(now, before))
		return "to look at all nodes anew changes the decision";
	if (now->has_acted != before->has_acted || now->deadline_us != before->deadline_us)
		return "to look at all nodes anew changes what is asked for, or when";
	return NULL;
}

static const char *compare(void *ctx, const struct feed_state *state)
{
	const struct feed_change *change = ctx;
	struct kept now;
	const struct kept *before;

	if (state->is_idle)
		return compare_idle(state);
	is_on_its_own = is_on_its_own ||
			(change->is_unwitnessed && has_known_leader(state, last.tip.height));
	last = keep(state);
	if (state->is_timer || is_on_its_own)
		return NULL;
	before = &kept[n_compared++];
	now = keep(state);
	if (change->is_touched)
		return compare_touched(&now, before);
	if (!is_same_course(&now, before))
		return change->is_turned ? "the order of the nodes changes T, C or the mode"
		       : change->is_shuffled
			       ? "the order within an instant changes T, C or the mode"
		       : change->is_doubled     ? "the same check twice changes T, C or the mode"
		       : change->is_unpushed    ? "a push changes T, C or the mode"
		       : change->is_unwitnessed ? "a witness changes T, C or the mode"
						: "a claim changes T, C or the mode";
	is_comparable = is_comparable && (!change->is_turned || !is_by_order(state)) &&
			(!change->is_doubled || !is_counting(before));
	if (is_comparable && !is_same_choice(&now, before))
		return change->is_turned        ? "the order of the nodes changes the choice"
		       : change->is_shuffled    ? "the order within an instant changes the choice"
		       : change->is_doubled     ? "the same check twice changes the choice"
		       : change->is_unpushed    ? "a push changes the choice"
		       : change->is_unwitnessed ? "a witness changes the choice"
						: "a claim changes the choice";
	return NULL;
}

/* --- one history --- */

static struct history varied;

/* Nobody is equal to anybody but by its priority. */
static void make_unequal(struct history *history)
{
	for (uint32_t i = 0; i < history->n; i++)
		history->nodes[i].priority = (int32_t)((i * 7 + 3) % history->n);
	for (uint32_t i = 0; i < history->n; i++) {
		for (uint32_t k = 0; k < i; k++)
			if (history->nodes[k].priority == history->nodes[i].priority)
				history->nodes[i].priority = (int32_t)(history->n + i);
	}
	/* Between honest ones nothing is to be gone back to. */
	for (int i = 0; history->is_honest && i < HISTORY_POLICIES; i++)
		history->policies[i].failback_after_us = 24 * TW_HOUR;
}

/* A check that comes twice must not count twice: nobody ever has to warm up. */
static void keep_warm(struct history *history)
{
	for (int i = 0; i < HISTORY_POLICIES; i++) {
		history->policies[i].rise = 1;
		history->policies[i].fall = 32;
		/* Nor is the timeout learned from how many there were. */
		history->policies[i].min_timeout_us = history->policies[i].timeout_us;
	}
	for (uint32_t i = 0; i < history->n_records; i++) {
		history->records[i].rtt_us = 3 * TW_MS;
		/* A second failed template confirms the first. */
		if (history->records[i].template == TW_TEMPLATE_FAILED)
			history->records[i].template = TW_TEMPLATE_OK;
	}
}

static const char *check_pair(const struct history *history, struct feed_change change)
{
	static const struct feed_change as_it_is;
	struct first_run run;
	const char *wrong;

	varied = *history;
	if (change.is_turned)
		make_unequal(&varied);
	if (change.is_doubled)
		keep_warm(&varied);
	n_kept = n_compared = 0;
	invariants_init(&run.invariants);
	wrong = feed(&varied, &as_it_is, keep_and_check, &run);
	is_comparable = true;
	is_on_its_own = false;
	last.tip.height = TW_UNKNOWN;
	return wrong != NULL ? wrong : feed(&varied, &change, compare, &change);
}

static const char *check_history(const struct history *history)
{
	static const struct feed_change changes[] = { { .is_turned = true, .is_restless = true },
		{ .is_shuffled = true, .is_restless = true },
		{ .is_doubled = true, .is_restless = true },
		{ .is_boasting = true, .is_restless = true },
		{ .is_unpushed = true, .is_restless = true },
		{ .is_unwitnessed = true, .is_restless = true } };
	struct feed_change touched = { .is_touched = true };
	/* The last two change nothing where nothing is said over P2P. */
	size_t n = TW_ARRAY_SIZE(changes) - (history->has_ears ? 0 : 2);
	const char *wrong;

	/* Each one for some of the histories: there are enough of them. */
	wrong = check_pair(history, changes[history->seed / 4 % n]);
	if (wrong != NULL)
		return wrong;
	n_compared = 0;
	is_on_its_own = false;
	return feed(&varied, &touched, compare, &touched);
}

/* --- cutting down --- */

static void drop_records(struct history *history, uint32_t first, uint32_t n)
{
	memmove(&history->records[first], &history->records[first + n],
		(history->n_records - first - n) * sizeof(history->records[0]));
	history->n_records -= n;
}

/* What honest nodes show stays, or they would be silent ones. */
static bool may_drop(const struct history *history, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; history->is_honest && i < first + n; i++) {
		const struct history_record *record = &history->records[i];

		if (record->kind == HISTORY_CHECK &&
			record->node < (int32_t)(history->n - history->n_wrong))
			return false;
	}
	return true;
}

static bool fails_alike(const struct history *history, const char *wrong)
{
	const char *other = check_history(history);

	return other != NULL && strcmp(other, wrong) == 0;
}

static bool drop_node(struct history *history)
{
	if (history->n == 1)
		return false;
	history->n--;
	if (history->n_wrong > 0)
		history->n_wrong--;
	for (uint32_t i = 0; i < history->n_records;) {
		if (history->records[i].node == (int32_t)history->n)
			drop_records(history, i, 1);
		else
			i++;
	}
	return true;
}

static void cut_down(struct history *history, const char *wrong)
{
	static struct history less;

	for (bool is_less = true; is_less;) {
		is_less = false;
		less = *history;
		if (!history->is_honest && drop_node(&less) && fails_alike(&less, wrong)) {
			*history = less;
			is_less = true;
		}
		for (uint32_t n = history->n_records / 2; n > 0; n /= 2) {
			for (uint32_t i = 0; i + n <= history->n_records;) {
				less = *history;
				drop_records(&less, i, n);
				if (!may_drop(history, i, n) || !fails_alike(&less, wrong)) {
					i += n;
					continue;
				}
				*history = less;
				is_less = true;
			}
		}
	}
}

/* The timers of a history, for its journal. */
struct ticks {
	uint32_t n;
	int64_t t_us[KEPT];
};

static const char *note_tick(void *ctx, const struct feed_state *state)
{
	struct ticks *ticks = ctx;

	if (state->is_timer && ticks->n < KEPT)
		ticks->t_us[ticks->n++] = state->t_us;
	return NULL;
}

static void report(struct history *history, const char *wrong)
{
	static const struct feed_change as_it_is;
	static struct ticks ticks;
	char path[64];
	FILE *file;

	printf("seed %u: %s\n", history->seed, wrong);
	cut_down(history, wrong);
	/* As it was fed last, with what makes nodes unequal. */
	(void)check_history(history);
	*history = varied;
	(void)feed(history, &as_it_is, note_tick, &ticks);
	snprintf(path, sizeof(path), "history-%u.jsonl", history->seed);
	printf("cut down to %u records of %u nodes; TW_SEED=%u TW_HISTORIES=1 repeats it, "
	       "tipwatchctl replay --every %s shows it:\n",
		history->n_records, history->n, history->seed, path);
	(void)history_print(history, ticks.t_us, ticks.n, stdout);
	file = fopen(path, "w");
	if (file != NULL) {
		(void)history_print(history, ticks.t_us, ticks.n, file);
		fclose(file);
	}
	fflush(stdout);
}

/* --- all of them --- */

static unsigned int number_from(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text == NULL || *text == '\0' ? otherwise : (unsigned int)strtoul(text, NULL, 10);
}

/* Every WORKERS-th history. Returns the number that failed, at most one. */
static int work(unsigned int seed, unsigned int n, unsigned int worker)
{
	static struct history history;

	for (unsigned int i = worker; i < n; i += WORKERS) {
		const char *wrong;

		history_make(&history, seed + i);
		wrong = check_history(&history);
		if (wrong != NULL) {
			report(&history, wrong);
			return 1;
		}
	}
	return 0;
}

/* What was decided, boiled down; the same in every process, wherever its memory lies. */
static uint64_t digest(unsigned int seed, unsigned int n)
{
	static struct history history;
	static const struct feed_change as_it_is;
	struct first_run run;
	uint64_t sum = 14695981039346656037u;

	for (unsigned int i = 0; i < n; i++) {
		history_make(&history, seed + i);
		n_kept = 0;
		invariants_init(&run.invariants);
		(void)feed(&history, &as_it_is, keep_and_check, &run);
		for (uint32_t k = 0; k < n_kept; k++) {
			const struct kept *now = &kept[k];
			uint64_t words[] = { (uint64_t)now->mode, (uint64_t)now->tip.height,
				(uint64_t)now->anchor, now->epoch, now->chain_epoch,
				(uint64_t)now->chosen, now->is_usable };

			for (size_t w = 0; w < TW_ARRAY_SIZE(words); w++)
				sum = (sum ^ words[w]) * 1099511628211u;
			for (uint32_t node = 0; node < history.n; node++)
				sum = (sum ^ (uint64_t)now->reasons[node]) * 1099511628211u;
		}
	}
	return sum;
}

int main(int argc, char **argv)
{
	unsigned int seed = number_from("TW_SEED", 1);
	unsigned int n = number_from("TW_HISTORIES", HISTORIES);
	pid_t pids[WORKERS];
	int failed = 0;

	if (argc > 1 && strcmp(argv[1], "--digest") == 0) {
		printf("%016llx\n", (unsigned long long)digest(seed, n));
		return 0;
	}
	printf("%u histories from seed %u\n", n, seed);
	fflush(stdout);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] < 0) {
			printf("fork: %s\n", strerror(errno));
			return 1;
		}
		if (pids[i] == 0)
			_exit(work(seed, n, i));
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		int status;

		if (waitpid(pids[i], &status, 0) < 0 || !WIFEXITED(status) ||
			WEXITSTATUS(status) != 0)
			failed++;
	}
	printf("%s\n", failed == 0 ? "all held" : "FAILED");
	return failed != 0;
}
