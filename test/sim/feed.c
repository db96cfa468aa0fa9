/* See feed.h. A step must not allocate: the linker wraps malloc() and its like. */
#include "feed.h"
#include "base/result.h"
#include "core/model.h"
#include "core/policy.h"
#include <stdlib.h>

enum { TIMERS_MAX = 200 }; /* between two records; more is a core that spins */

static bool is_stepping, has_allocated;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	has_allocated = has_allocated || is_stepping;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	has_allocated = has_allocated || is_stepping;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	has_allocated = has_allocated || is_stepping;
	return __real_realloc(old, size);
}

struct feeder {
	const struct history *history;
	const struct feed_change *change;
	feed_fn *fn;
	void *ctx;
	struct tw_monitor *monitor;
	struct tw_node_policy nodes[HISTORY_NODES]; /* as listed */
	int32_t place[HISTORY_NODES];               /* of the history's nodes in that list */
	int64_t skew_us;
	bool has_reloaded, has_operated;
	const char *wrong;
};

static struct tw_core_config config_of(const struct feeder *feeder, int policy)
{
	return (struct tw_core_config){ feeder->history->policies[policy], feeder->history->n,
		feeder->nodes };
}

static void reload(struct feeder *feeder, int64_t now)
{
	struct tw_core_config config = config_of(feeder, 1);
	struct tw_monitor *monitor;
	int32_t same[HISTORY_NODES];

	for (int32_t i = 0; i < HISTORY_NODES; i++)
		same[i] = i;
	if (tw_monitor_reconfigure(feeder->monitor, &config, same, now, &monitor) < 0) {
		feeder->wrong = "a reload failed";
		return;
	}
	tw_monitor_destroy(feeder->monitor);
	feeder->monitor = monitor;
	feeder->has_reloaded = true;
}

static void observe(struct feeder *feeder, const struct history_record *record)
{
	static struct tw_observation obs;
	int32_t node = feeder->place[record->node];

	history_observe(feeder->history, record, &obs);
	if (feeder->change->is_boasting) {
		obs.network_height = TW_HEIGHT_MAX - record->node;
		obs.synced = record->node % 2;
		obs.header_time_s = record->t_us;
	}
	is_stepping = true;
	tw_monitor_observe(feeder->monitor, record->t_us, node, -1, &obs);
	is_stepping = false;
}

static void hear_link(struct feeder *feeder, const struct history_record *record)
{
	int32_t node = feeder->place[record->node];
	const struct tw_chain *chain = tw_monitor_chain(feeder->monitor, node);
	bool is_news = record->link == TW_LINK_PUSH ||
		       (record->link == TW_LINK_TIP && (chain->tip != record->tip.height ||
							       !tw_chain_has(chain, &record->tip)));

	if (!feeder->change->is_unpushed || !is_news)
		(void)tw_monitor_link(
			feeder->monitor, record->t_us, node, record->link, &record->tip);
}

static void hear_witness(struct feeder *feeder, const struct history_record *record)
{
	if (!feeder->change->is_unwitnessed)
		(void)tw_monitor_witness(feeder->monitor, record->t_us, record->slot,
			record->tip.height < 0 ? NULL : &record->tip);
}

static void apply(struct feeder *feeder, const struct history_record *record)
{
	int32_t node = record->node < 0 ? TW_NODE_NONE : feeder->place[record->node];

	switch (record->kind) {
	case HISTORY_CHECK:
		observe(feeder, record);
		break;
	case HISTORY_OPERATE:
		(void)tw_monitor_operate(feeder->monitor, record->t_us, record->op, node);
		feeder->has_operated = true;
		break;
	case HISTORY_REPORT:
		(void)tw_monitor_report(
			feeder->monitor, record->t_us, node, TW_REPORT_TEMPLATE_FAILED);
		break;
	case HISTORY_LINK:
		hear_link(feeder, record);
		break;
	case HISTORY_WITNESS:
		hear_witness(feeder, record);
		break;
	case HISTORY_GAP:
		tw_monitor_gap(feeder->monitor, record->t_us, record->gap_us);
		feeder->skew_us = tw_monitor_to_now(feeder->monitor, 0);
		break;
	case HISTORY_RELOAD:
		if (!feeder->has_reloaded)
			reload(feeder, record->t_us);
		break;
	}
}

enum cause { FED, DUE, IDLE };

static void step_once(struct feeder *feeder, int64_t t_us, enum cause cause)
{
	struct tw_action action;
	struct feed_state state = {
		.t_us = t_us, .is_timer = cause == DUE, .is_idle = cause == IDLE
	};

	if (feeder->change->is_touched)
		tw_model_touch_all(feeder->monitor);
	is_stepping = true;
	tw_monitor_step(feeder->monitor, t_us);
	is_stepping = false;
	while (tw_monitor_next_action(feeder->monitor, &action))
		state.has_acted = true;
	if (has_allocated) {
		feeder->wrong = "a step allocates";
		has_allocated = false;
		return;
	}
	state.history = feeder->history;
	state.core_us = t_us - feeder->skew_us;
	state.has_reloaded = feeder->has_reloaded;
	state.has_operated = feeder->has_operated;
	state.policy = &feeder->history->policies[feeder->has_reloaded];
	state.monitor = feeder->monitor;
	state.decision = tw_monitor_decision(feeder->monitor);
	state.chosen = TW_NODE_NONE;
	state.place = feeder->place;
	for (int32_t i = 0; i < (int32_t)feeder->history->n; i++) {
		if (feeder->place[i] == state.decision->chosen)
			state.chosen = i;
	}
	feeder->has_operated = false;
	feeder->wrong = feeder->fn(feeder->ctx, &state);
}

static void step(struct feeder *feeder, int64_t t_us, enum cause cause)
{
	step_once(feeder, t_us, cause);
	if (feeder->change->is_restless && feeder->wrong == NULL)
		step_once(feeder, t_us, IDLE);
}

/* Steps at some instants before t_us, where nothing is due before. The last step was at from_us. */
static void fidget(struct feeder *feeder, int64_t from_us, int64_t t_us)
{
	int64_t times_us[] = { from_us + 1, from_us + (t_us - from_us) / 2, t_us - 1 };
	int64_t last_us = from_us;

	for (size_t i = 0; feeder->change->is_restless && i < TW_ARRAY_SIZE(times_us); i++) {
		if (times_us[i] <= last_us || times_us[i] >= t_us || feeder->wrong != NULL)
			continue;
		last_us = times_us[i];
		step_once(feeder, last_us, IDLE);
	}
}

/* Timers that are due before t_us. */
static void pass(struct feeder *feeder, int64_t from_us, int64_t t_us)
{
	int64_t last_us = from_us;
	int n = 0;

	while (feeder->wrong == NULL && tw_monitor_deadline(feeder->monitor) < t_us) {
		int64_t due_us = tw_monitor_deadline(feeder->monitor);

		fidget(feeder, last_us, due_us);
		if (feeder->wrong != NULL)
			return;

		if (due_us <= last_us || ++n > TIMERS_MAX) {
			/* Checks that nobody answers here stay due; that is no timer. */
			feeder->wrong = n > TIMERS_MAX ? "timers without end" : NULL;
			return;
		}
		last_us = due_us;
		step(feeder, due_us, DUE);
	}
	fidget(feeder, last_us, t_us);
}

/* All records of one instant. Returns how many. */
static uint32_t feed_instant(struct feeder *feeder, uint32_t first)
{
	const struct history *history = feeder->history;
	const struct history_record *records = &history->records[first];
	uint32_t n = 1;

	while (first + n < history->n_records && records[n].t_us == records[0].t_us)
		n++;
	for (uint32_t i = 0; i < n && feeder->wrong == NULL; i++) {
		/* A gap and a command stay in their place among each other. */
		if (records[i].kind != HISTORY_CHECK)
			apply(feeder, &records[i]);
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct history_record *record =
			&records[feeder->change->is_shuffled ? n - 1 - i : i];

		if (record->kind != HISTORY_CHECK)
			continue;
		apply(feeder, record);
		if (feeder->change->is_doubled && record->result == TW_RESULT_OK)
			apply(feeder, record);
	}
	if (feeder->wrong == NULL)
		step(feeder, records[0].t_us, FED);
	return n;
}

const char *feed(
	const struct history *history, const struct feed_change *change, feed_fn *fn, void *ctx)
{
	static struct feeder feeder;
	struct tw_core_config config;

	feeder = (struct feeder){ .history = history, .change = change, .fn = fn, .ctx = ctx };
	if (history->n_records == 0)
		return NULL;
	for (int32_t i = 0; i < (int32_t)history->n; i++) {
		feeder.place[i] = change->is_turned ? (int32_t)history->n - 1 - i : i;
		feeder.nodes[feeder.place[i]] = history->nodes[i];
	}
	config = config_of(&feeder, 0);
	if (tw_monitor_create(&config, NULL, NULL, history->records[0].t_us, &feeder.monitor) < 0)
		return "no monitor";
	for (uint32_t i = 0; i < history->n_records && feeder.wrong == NULL;) {
		/* In a gap no timer runs. */
		if (i > 0)
			pass(&feeder, history->records[i - 1].t_us,
				history->records[i].t_us - history->records[i].gap_us);
		if (feeder.wrong == NULL)
			i += feed_instant(&feeder, i);
	}
	tw_monitor_destroy(feeder.monitor);
	return feeder.wrong;
}
