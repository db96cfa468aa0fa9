/* See run.h. */
#include "run.h"
#include "announce.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Two listeners and their reservations, and a few connections per node. */
enum { FILES_PER_NODE = 12, FILES_EXTRA = 128 };

static int64_t now(const struct demo_run *run)
{
	return tw_loop_now(run->loop) - run->start_us;
}

static void fail(struct demo_run *run, const char *what, int r)
{
	fprintf(stderr, "tipwatch-demo: %s: %s\n", what, strerror(-r));
	run->is_failed = true;
	tw_loop_stop(run->loop);
}

static void tick(void *ctx)
{
	struct demo_run *run = ctx;
	int r = tw_sim_net_advance(&run->net, now(run));

	if (r < 0)
		fail(run, "finding a block", r);
}

static void update_servers(struct demo_run *run)
{
	for (uint32_t i = 0; i < run->net.n_nodes; i++) {
		int r = demo_server_update(run->servers[i]);

		if (r == 0 && run->p2p != NULL)
			r = demo_p2p_update(run->p2p[i]);
		if (r < 0) {
			fail(run, run->net.nodes[i].name, r);
			return;
		}
	}
}

static int command(struct demo_run *run, const char *line, struct tw_sim_outcome *ret_outcome,
	struct tw_buf *reply)
{
	struct tw_buf unwanted;
	int r;

	tick(run);
	tw_buf_init(&unwanted, TW_SIM_CMD_REPLY_MAX);
	r = tw_sim_cmd_run(&run->net, line, ret_outcome, reply == NULL ? &unwanted : reply);
	tw_buf_finish(&unwanted);
	/* Before the reply is sent, so that its reader finds everything as it says. */
	update_servers(run);
	if (r == 0 && ret_outcome->is_quit)
		tw_loop_stop(run->loop);
	return r;
}

static void on_control(void *ctx, const char *line, struct tw_buf *reply)
{
	struct tw_sim_outcome outcome;
	struct demo_run *run = ctx;
	int r = command(run, line, &outcome, reply);

	if (r < 0)
		fail(run, "running a command", r);
}

static const struct demo_step *next_step(struct demo_run *run)
{
	if (run->story != NULL)
		return demo_story_step(run->story, now(run));
	if (run->script != NULL)
		return demo_script_step(run->script, now(run));
	return NULL;
}

static int64_t next_step_us(const struct demo_run *run)
{
	if (run->story != NULL)
		return demo_story_next_us(run->story);
	return run->script == NULL ? TW_NEVER : demo_script_next_us(run->script);
}

static void play(struct demo_run *run)
{
	const struct demo_step *step;

	while ((step = next_step(run)) != NULL) {
		struct tw_sim_outcome outcome = { .is_ok = true };
		int r = 0;

		if (step->command[0] != '\0')
			r = command(run, step->command, &outcome, NULL);
		if (r < 0) {
			fail(run, "running a command", r);
			return;
		}
		if (!outcome.is_ok)
			fprintf(stderr, "%s:%d: %s\n",
				run->script == NULL ? "story" : run->options->script_path,
				step->line, outcome.text);
		else
			demo_announce_step(
				now(run), step->sentence == NULL ? outcome.text : step->sentence);
	}
}

/*
 * Runs once per wake-up, after all events: does what is due, updates the servers and arms the
 * timer.
 */
static void on_prepare(void *ctx)
{
	struct demo_run *run = ctx;
	int64_t next_us;

	tick(run);
	play(run);
	update_servers(run);
	next_us = tw_sim_net_next_us(&run->net);
	if (next_step_us(run) < next_us)
		next_us = next_step_us(run);
	tw_loop_arm(run->timer, next_us == TW_NEVER ? TW_NEVER : run->start_us + next_us);
}

static void on_timer(void *ctx)
{
	(void)ctx;
}

static void on_signal(void *ctx, int signo)
{
	struct demo_run *run = ctx;

	(void)signo;
	tw_loop_stop(run->loop);
}

static void raise_file_limit(uint32_t n_nodes)
{
	rlim_t wanted = (rlim_t)n_nodes * FILES_PER_NODE + FILES_EXTRA;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	/* Without it the error comes from the node that does not get a socket. */
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void add_nodes(struct demo_run *run)
{
	const struct demo_options *options = run->options;

	for (uint32_t i = 0; i < options->n_nodes; i++) {
		struct tw_sim_node *node = tw_sim_net_add(
			&run->net, options->names[i], options->versions[i % options->n_versions]);

		if (options->delay_us > 0)
			node->usual_delay_us = tw_sim_net_draw(&run->net, options->delay_us);
		node->delay_us = node->usual_delay_us;
	}
}

static int start_servers(struct demo_run *run)
{
	const struct demo_options *options = run->options;

	run->servers = calloc(options->n_nodes, sizeof(struct demo_server *));
	if (run->servers == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->n_nodes; i++) {
		uint16_t port = options->port == 0 ? 0 : (uint16_t)(options->port + i);
		int r = demo_server_create(
			run->loop, &run->net, i, port, tick, run, &run->servers[i]);

		if (r < 0) {
			fprintf(stderr, "tipwatch-demo: %s: cannot listen on 127.0.0.1:%u: %s\n",
				options->names[i], port, strerror(-r));
			return r;
		}
	}
	return 0;
}

static int start_p2p(struct demo_run *run)
{
	const struct demo_options *options = run->options;

	if (!options->has_p2p)
		return 0;
	run->p2p = calloc(options->n_nodes, sizeof(struct demo_p2p *));
	if (run->p2p == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->n_nodes; i++) {
		uint16_t port = options->p2p_port == 0 ? 0 : (uint16_t)(options->p2p_port + i);
		int r = demo_p2p_create(run->loop, &run->net, i, port, tick, run, &run->p2p[i]);

		if (r < 0) {
			fprintf(stderr, "tipwatch-demo: %s: cannot listen on 127.0.0.1:%u: %s\n",
				options->names[i], port, strerror(-r));
			return r;
		}
	}
	return 0;
}

static int start_control(struct demo_run *run)
{
	const char *path = run->options->control_path;
	int r;

	if (path == NULL)
		return 0;
	r = demo_control_create(run->loop, path, on_control, run, &run->control);
	if (r == -EADDRINUSE)
		fprintf(stderr, "tipwatch-demo: %s: another process listens there\n", path);
	else if (r < 0)
		fprintf(stderr, "tipwatch-demo: %s: %s\n", path, strerror(-r));
	return r;
}

static int start_script(struct demo_run *run)
{
	const char *path = run->options->script_path;
	int r;

	if (run->options->has_story)
		return demo_story_create(&run->net, run->options->follow_path, &run->story);
	if (path == NULL)
		return 0;
	r = demo_script_load(path, &run->net, &run->script);
	if (r < 0)
		fprintf(stderr, "tipwatch-demo: %s: %s\n", path, strerror(-r));
	return r;
}

static int start_loop(struct demo_run *run)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct tw_sim_net_params params = run->options->net;
	int r;

	r = tw_loop_create(&run->loop);
	if (r < 0)
		return r;
	run->start_us = tw_loop_now(run->loop);
	params.chain.wall_start_us = tw_loop_to_wall(run->loop, run->start_us);
	for (size_t i = 0; i < TW_ARRAY_SIZE(signals); i++) {
		r = tw_loop_add_signal(run->loop, signals[i], on_signal, run, &run->signals[i]);
		if (r < 0)
			return r;
	}
	r = tw_loop_add_timer(run->loop, on_timer, run, &run->timer);
	if (r < 0)
		return r;
	tw_loop_set_prepare(run->loop, on_prepare, run);
	return tw_sim_net_init(&run->net, &params, run->options->n_nodes);
}

int demo_run_start(struct demo_run *run, const struct demo_options *options)
{
	int r;

	*run = (struct demo_run){ .options = options };
	raise_file_limit(options->n_nodes);
	r = start_loop(run);
	if (r < 0) {
		fprintf(stderr, "tipwatch-demo: cannot start: %s\n", strerror(-r));
		return r;
	}
	add_nodes(run);
	r = start_script(run);
	if (r == 0)
		r = start_servers(run);
	if (r == 0)
		r = start_p2p(run);
	if (r == 0)
		r = start_control(run);
	if (r == 0)
		r = demo_announce_nodes(options, &run->net);
	/* The first wake-up arms everything else. */
	tw_loop_arm(run->timer, run->start_us);
	return r;
}

void demo_run_finish(struct demo_run *run)
{
	if (run->loop == NULL)
		return;
	demo_control_destroy(run->control);
	demo_script_destroy(run->script);
	demo_story_destroy(run->story);
	for (uint32_t i = 0; run->servers != NULL && i < run->options->n_nodes; i++)
		demo_server_destroy(run->servers[i]);
	free(run->servers);
	for (uint32_t i = 0; run->p2p != NULL && i < run->options->n_nodes; i++)
		demo_p2p_destroy(run->p2p[i]);
	free(run->p2p);
	tw_loop_remove_timer(run->timer);
	for (size_t i = 0; i < TW_ARRAY_SIZE(run->signals); i++)
		tw_loop_remove_signal(run->signals[i]);
	if (run->net.chain != NULL)
		tw_sim_net_finish(&run->net);
	tw_loop_destroy(run->loop);
}
