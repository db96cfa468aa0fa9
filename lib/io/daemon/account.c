/* See account.h. */
#include "io/daemon/account.h"
#include "base/log.h"
#include <errno.h>
#include <stdlib.h>

/* Without a change the figures are brought up to date so often. */
#define LOOK_EVERY_US TW_SEC

void tw_daemon_account_configure(
	struct tw_daemon_account *account, const struct tw_status_source *source)
{
	const struct tw_core_config *config = tw_monitor_config(source->monitor);
	int r;

	if (account->account == NULL)
		return;
	free(account->reasons);
	account->reasons = calloc(config->n_nodes, sizeof(account->reasons[0]));
	account->looked_us = TW_UNKNOWN;
	account->n_switches = tw_monitor_n_switches(source->monitor);
	r = account->reasons == NULL ? -ENOMEM : tw_account_configure(account->account, config);
	if (r < 0)
		tw_error("no memory to count for the report: it ends here");
	if (r < 0) {
		free(account->reasons);
		account->reasons = NULL;
	}
}

int tw_daemon_account_open(struct tw_daemon_account *account, const struct tw_status_source *source)
{
	int r = tw_account_create(&account->account);

	if (r == 0)
		r = tw_days_load(&account->files, source->config->state_dir, account->account);
	if (r < 0)
		return r;
	/* The first look writes at once, to find out whether it can. */
	account->saved_us = source->now_us - TW_DAEMON_ACCOUNT_SAVE_US;
	tw_daemon_account_configure(account, source);
	return 0;
}

static void save(struct tw_daemon_account *account, const struct tw_status_source *source)
{
	account->saved_us = source->now_us;
	account->day = source->wall_us / TW_DAY;
	tw_days_save(&account->files, source->config->state_dir, account->account);
}

void tw_daemon_account_close(
	struct tw_daemon_account *account, const struct tw_status_source *source)
{
	if (account->account != NULL) {
		tw_daemon_account_catch_up(account, source);
		save(account, source);
	}
	tw_account_destroy(account->account);
	free(account->reasons);
	*account = (struct tw_daemon_account){ 0 };
}

static void count_switches(struct tw_daemon_account *account, const struct tw_monitor *monitor)
{
	uint64_t n = tw_monitor_n_switches(monitor);

	for (uint64_t i = n - account->n_switches; i-- > 0;) {
		const struct tw_switch *change = tw_monitor_switch(monitor, (uint32_t)i);

		if (change != NULL)
			tw_account_switch(account->account, change);
	}
	account->n_switches = n;
}

static void look(
	struct tw_daemon_account *account, const struct tw_status_source *source, bool is_after_gap)
{
	const struct tw_account_look look = {
		.now_us = source->now_us,
		.wall_us = source->wall_us,
		.is_after_gap = is_after_gap,
		.decision = tw_monitor_decision(source->monitor),
		.reasons = account->reasons,
	};
	int r;

	account->looked_us = source->now_us;
	account->seq = tw_monitor_seq(source->monitor);
	account->n_verdicts = tw_monitor_n_verdicts(source->monitor);
	for (uint32_t i = 0; i < source->config->n_nodes; i++)
		account->reasons[i] = tw_monitor_verdict(source->monitor, (int32_t)i).reason;
	r = tw_account_look(account->account, &look);
	if (r < 0 && !account->has_warned)
		tw_warn("no memory to count for the report");
	account->has_warned = r < 0;
	count_switches(account, source->monitor);
	if (source->now_us - account->saved_us >= TW_DAEMON_ACCOUNT_SAVE_US ||
		source->wall_us / TW_DAY != account->day)
		save(account, source);
}

/* Whether anything that is counted is other than at the last look, as far as there was one. */
static bool has_changed(const struct tw_daemon_account *account, const struct tw_monitor *monitor)
{
	return account->looked_us == TW_UNKNOWN || account->seq != tw_monitor_seq(monitor) ||
	       account->n_verdicts != tw_monitor_n_verdicts(monitor);
}

void tw_daemon_account_look(
	struct tw_daemon_account *account, const struct tw_status_source *source, bool is_after_gap)
{
	if (account->account == NULL || account->reasons == NULL)
		return;
	if (is_after_gap || has_changed(account, source->monitor) ||
		source->now_us - account->looked_us >= LOOK_EVERY_US)
		look(account, source, is_after_gap);
}

void tw_daemon_account_catch_up(
	struct tw_daemon_account *account, const struct tw_status_source *source)
{
	if (account->account != NULL && account->reasons != NULL)
		look(account, source, false);
}
