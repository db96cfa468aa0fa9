/* The runs of a journal: how one begins, goes on in another file, is reconfigured, ends. */
#include "journal/config.h"
#include "replay/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void tw_replay_forget_header(struct tw_replay *replay)
{
	free(replay->nodes);
	free(replay->saved_nodes);
	replay->nodes = NULL;
	replay->saved_nodes = NULL;
	replay->has_header = false;
}

int tw_replay_begin_run(struct tw_replay *replay, int64_t t_us)
{
	int64_t now = replay->created_us >= 0 ? replay->created_us : t_us;
	int r = tw_monitor_create(&replay->config, replay->has_saved ? &replay->saved : NULL,
		replay->saved_nodes, now, &replay->monitor);

	if (r == 0)
		r = tw_replay_count_begin(&replay->count, &replay->config, now);
	replay->now = now;
	tw_replay_forget_header(replay);
	if (r == -EINVAL)
		return tw_replay_complain(replay, "the core does not take this configuration");
	return r;
}

static int end_run(struct tw_replay *replay)
{
	int r = 0;

	if (replay->monitor != NULL) {
		r = tw_replay_settle(replay);
		tw_replay_count_until(&replay->count, replay->monitor, replay->now);
		tw_replay_count_end(&replay->count, replay->monitor);
	}
	tw_monitor_destroy(replay->monitor);
	replay->monitor = NULL;
	replay->change.has_any = false;
	replay->has_expected = false;
	return r;
}

/* Every node of the journal must be in the other configuration, and the other way round. */
static int check_what_if(struct tw_replay *replay, const struct tw_core_config *recorded)
{
	const struct tw_core_config *config = replay->options.what_if;

	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (tw_journal_config_find(recorded, config->nodes[i].name, (int32_t)i) < 0)
			return tw_replay_complain(replay,
				"nothing is recorded of %s, which the other configuration has: "
				"take it out there",
				config->nodes[i].name);
	}
	for (uint32_t i = 0; i < recorded->n_nodes; i++) {
		if (tw_journal_config_find(config, recorded->nodes[i].name, (int32_t)i) < 0)
			return tw_replay_complain(replay,
				"%s is recorded, but the other configuration has no daemon of that "
				"name: add it there",
				recorded->nodes[i].name);
	}
	return 0;
}

/* A daemon of the recorded configuration in the one to replay with. */
static int32_t map_daemon(
	const struct tw_replay *replay, const struct tw_core_config *recorded, int32_t node)
{
	int32_t mapped;

	if (node < 0)
		return TW_NODE_NONE;
	mapped = tw_journal_config_find(&replay->config, recorded->nodes[node].name, node);
	return mapped >= 0 && replay->config.nodes[mapped].role == TW_ROLE_DAEMON ? mapped
										  : TW_NODE_NONE;
}

/* Keeps what a header says: the reader's copy lives only until the next line. */
static int keep_header(struct tw_replay *replay, const struct tw_journal_header *header)
{
	const struct tw_core_config *recorded = &header->config;
	const struct tw_core_config *config = replay->options.what_if;

	if (config == NULL)
		config = recorded;
	replay->header = *header;
	replay->nodes = calloc(config->n_nodes, sizeof(replay->nodes[0]));
	replay->saved_nodes = calloc(config->n_nodes, sizeof(replay->saved_nodes[0]));
	if (replay->nodes == NULL || replay->saved_nodes == NULL)
		return -ENOMEM;
	memcpy(replay->nodes, config->nodes, config->n_nodes * sizeof(replay->nodes[0]));
	replay->config = (struct tw_core_config){ config->policy, config->n_nodes, replay->nodes };
	replay->has_header = true;
	replay->has_saved = header->saved != NULL;
	if (header->saved == NULL)
		return 0;
	replay->saved = *header->saved;
	replay->saved.incumbent = map_daemon(replay, recorded, header->saved->incumbent);
	replay->saved.pinned = map_daemon(replay, recorded, header->saved->pinned);
	for (uint32_t i = 0; i < recorded->n_nodes; i++) {
		int32_t node = tw_journal_config_find(
			&replay->config, recorded->nodes[i].name, (int32_t)i);

		if (node >= 0)
			replay->saved_nodes[node] = header->saved_nodes[i];
	}
	return 0;
}

/* Whether the header only says that the present run goes on in another file. */
static bool is_continuation(const struct tw_replay *replay, const struct tw_journal_record *record)
{
	const struct tw_journal_header *old = &replay->header, *new = record->header;

	return replay->monitor != NULL && new->started_ms >= 0 &&
	       new->started_ms == old->started_ms &&new->part == old->part + 1 &&
	       new->n_lost == old->n_lost && record->t_us >= replay->now;
}

int tw_replay_take_header(struct tw_replay *replay, const struct tw_journal_record *record,
	const char *rest, size_t rest_len)
{
	const struct tw_journal_header *header = record->header;
	int r = 0;

	if (is_continuation(replay, record)) {
		replay->header.part = header->part;
		return 0;
	}
	r = end_run(replay);
	if (r < 0)
		return r;
	tw_replay_forget_header(replay);
	if (replay->options.what_if != NULL)
		r = check_what_if(replay, &header->config);
	if (r == 0)
		r = keep_header(replay, header);
	if (r != 0)
		return r;
	if (header->n_lost > 0)
		tw_replay_note(replay,
			"%" PRIu64 " records of this run could not be written: it begins anew "
			"here",
			header->n_lost);
	else if (header->part > 0)
		tw_replay_note(replay,
			"this goes on from an older file, which is not given: the first "
			"decisions may differ from those that were made");
	replay->n_runs++;
	replay->created_us = record->t_us;
	replay->run = tw_replay_scan(rest, rest_len);
	replay->run.is_exact = replay->run.is_exact || header->has_ticks;
	if (replay->created_us >= 0)
		return tw_replay_begin_run(replay, replay->created_us);
	return 0;
}

int tw_replay_take_config(struct tw_replay *replay, const struct tw_journal_record *record)
{
	struct tw_monitor *monitor;
	int r;

	/* What if the configuration had been the other one: then nothing was reloaded. */
	if (replay->options.what_if != NULL)
		return 0;
	r = tw_monitor_reconfigure(
		replay->monitor, record->config, record->old_of, record->t_us, &monitor);
	if (r == -EINVAL)
		return tw_replay_complain(replay, "the core does not take this configuration");
	if (r < 0)
		return r;
	tw_replay_count_until(&replay->count, replay->monitor, record->t_us);
	tw_monitor_destroy(replay->monitor);
	replay->monitor = monitor;
	replay->change.has_any = false;
	return tw_replay_count_rename(&replay->count, record->config);
}
