/* See reload.h. */
#include "io/daemon/reload.h"
#include "base/log.h"
#include "io/daemon/parts.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All parts made of the new configuration; after swap() the parts that they have replaced. */
struct change {
	struct tw_daemon_setup setup;
	struct tw_daemon_listen_change listen;
	struct tw_daemon_journal_change journal;
	struct tw_core_config core;
	int32_t *old_of; /* which old node each new one is */
};

static void discard(struct change *change)
{
	tw_daemon_setup_finish(&change->setup);
	tw_daemon_listen_discard(&change->listen);
	tw_daemon_journal_discard(&change->journal);
	free(change->old_of);
}

/* Makes everything of config, which is taken over. 0, positive with errors, or a negative errno. */
static int make(
	struct tw_daemon *d, struct tw_config *config, struct tw_buf *errors, struct change *change)
{
	const struct tw_config *old = d->setup.config;
	struct tw_daemon_setup_ears ears = tw_daemon_feed_ears(&d->feed);
	int r;

	r = tw_daemon_setup_init(&change->setup, d->loop, config, true, &ears);
	if (r < 0)
		return r;
	r = tw_daemon_listen_prepare(&d->listen, old, config, errors, &change->listen);
	if (r < 0)
		return r;
	r = tw_daemon_journal_prepare(old, config, errors, &change->journal);
	if (r != 0)
		return r;
	change->old_of = calloc(config->n_nodes, sizeof(change->old_of[0]));
	if (change->old_of == NULL)
		return -ENOMEM;
	tw_config_match(config, old, change->old_of);
	tw_config_core(config, &change->core);
	return tw_daemon_setup_follow(&change->setup, &d->setup, &change->core, change->old_of,
		tw_daemon_feed_now(&d->feed));
}

static void swap(struct tw_daemon *d, struct change *change)
{
	struct tw_status_source source = tw_daemon_feed_source(&d->feed);
	struct tw_daemon_setup old = d->setup;

	/* What the old nodes were until now. */
	tw_daemon_account_catch_up(&d->account, &source);
	/* First results that wait to be fed are of the old nodes. */
	tw_daemon_feed_drop_first_look(&d->feed);
	tw_daemon_feed_config(&d->feed, &change->core, change->old_of);
	tw_daemon_journal_swap(&d->journal, change->setup.config, &change->journal);
	d->setup = change->setup;
	change->setup = old;
	tw_daemon_listen_swap(&d->listen, &change->listen);
	source = tw_daemon_feed_source(&d->feed);
	tw_daemon_account_configure(&d->account, &source);
	tw_vault_configure(d->vault, d->setup.config);
	tw_log_set_level(d->setup.config->log_level);
	tw_log_set_format(d->setup.config->log_format);
	tw_control_configure(d->listen.control, d->setup.config);
	if (strcmp(d->setup.config->control_path, old.config->control_path) != 0)
		tw_warn("control.path stays %s until tipwatchd is restarted",
			old.config->control_path);
}

static int load_and_make(struct tw_daemon *d, struct tw_buf *errors, struct change *change)
{
	struct tw_config *config;
	int r = d->load(d->load_ctx, errors, &config);

	return r == 0 ? make(d, config, errors, change) : r;
}

int tw_daemon_reload(struct tw_daemon *d, struct tw_buf *errors)
{
	struct change change = { 0 };
	int r;

	if (d->load == NULL) {
		tw_buf_puts(
			errors, "tipwatchd was started with URLs: there is no file to reload\n");
		return 1;
	}
	tw_notify_reloading(d->notify);
	r = load_and_make(d, errors, &change);
	if (r < 0 && errors->len == 0)
		tw_buf_printf(errors, "%s\n", strerror(-r));
	if (r == 0) {
		swap(d, &change);
		tw_loop_arm(d->tidy, tw_loop_now(d->loop) + TW_DAEMON_TIDY_US);
		tw_info("configuration reloaded: %u nodes", d->setup.config->n_nodes);
	}
	discard(&change);
	tw_notify_ready(d->notify);
	return r == 0 ? 0 : 1;
}
