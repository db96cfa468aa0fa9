/* See demo.h. */
#include "demo.h"
#include "announce.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* A listener, a reservation and a few connections per node. */
enum { FILES_PER_NODE = 8, FILES_EXTRA = 128 };

int64_t demo_now(const struct demo *demo)
{
	return tw_loop_now(demo->loop) - demo->start_us;
}

static void fail(struct demo *demo, const char *what, int r)
{
	fprintf(stderr, "tipwatch-demo: %s: %s\n", what, strerror(-r));
	demo->is_failed = true;
	tw_loop_stop(demo->loop);
}

static void tick(void *ctx)
{
	struct demo *demo = ctx;
	int r = tw_sim_net_advance(&demo->net, demo_now(demo));

	if (r < 0)
		fail(demo, "finding a block", r);
}

static void update_servers(struct demo *demo)
{
	for (uint32_t i = 0; i < demo->net.n_nodes; i++) {
		int r = demo_server_update(demo->servers[i]);

		if (r < 0) {
			fail(demo, demo->net.nodes[i].name, r);
			return;
		}
	}
}

int demo_command(struct demo *demo, const char *line, struct tw_sim_outcome *ret_outcome,
	struct tw_buf *reply)
{
	struct tw_buf unwanted;
	int r;

	tick(demo);
	tw_buf_init(&unwanted, TW_SIM_CMD_REPLY_MAX);
	r = tw_sim_cmd_run(&demo->net, line, ret_outcome, reply == NULL ? &unwanted : reply);
	tw_buf_finish(&unwanted);
	/* Before the reply goes out: who reads it finds everything as it says. */
	update_servers(demo);
	if (r == 0 && ret_outcome->is_quit)
		tw_loop_stop(demo->loop);
	return r;
}

static void on_control(void *ctx, const char *line, struct tw_buf *reply)
{
	struct tw_sim_outcome outcome;
	struct demo *demo = ctx;
	int r = demo_command(demo, line, &outcome, reply);

	if (r < 0)
		fail(demo, "running a command", r);
}

static const struct demo_step *next_step(struct demo *demo)
{
	if (demo->story != NULL)
		return demo_story_step(demo->story, demo_now(demo));
	if (demo->script != NULL)
		return demo_script_step(demo->script, demo_now(demo));
	return NULL;
}

static int64_t next_step_us(const struct demo *demo)
{
	if (demo->story != NULL)
		return demo_story_next_us(demo->story);
	return demo->script == NULL ? TW_NEVER : demo_script_next_us(demo->script);
}

static void play(struct demo *demo)
{
	const struct demo_step *step;

	while ((step = next_step(demo)) != NULL) {
		struct tw_sim_outcome outcome = { .is_ok = true };
		int r = 0;

		if (step->command[0] != '\0')
			r = demo_command(demo, step->command, &outcome, NULL);
		if (r < 0) {
			fail(demo, "running a command", r);
			return;
		}
		if (!outcome.is_ok)
			fprintf(stderr, "%s:%d: %s\n",
				demo->script == NULL ? "story" : demo->options->script_path,
				step->line, outcome.text);
		else
			demo_announce_step(demo_now(demo),
				step->sentence == NULL ? outcome.text : step->sentence);
	}
}

/* Once per wake-up, after everything: what is due, then the servers, then the next time. */
static void on_prepare(void *ctx)
{
	struct demo *demo = ctx;
	int64_t next_us;

	tick(demo);
	play(demo);
	update_servers(demo);
	next_us = tw_sim_net_next_us(&demo->net);
	if (next_step_us(demo) < next_us)
		next_us = next_step_us(demo);
	tw_loop_arm(demo->timer, next_us == TW_NEVER ? TW_NEVER : demo->start_us + next_us);
}

static void on_timer(void *ctx)
{
	(void)ctx;
}

static void on_signal(void *ctx, int signo)
{
	struct demo *demo = ctx;

	(void)signo;
	tw_loop_stop(demo->loop);
}

static void raise_file_limit(uint32_t n_nodes)
{
	rlim_t wanted = (rlim_t)n_nodes * FILES_PER_NODE + FILES_EXTRA;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	/* Where it is not granted, the node that does not get a socket says so. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void add_nodes(struct demo *demo)
{
	const struct demo_options *options = demo->options;

	for (uint32_t i = 0; i < options->n_nodes; i++) {
		struct tw_sim_node *node = tw_sim_net_add(
			&demo->net, options->names[i], options->versions[i % options->n_versions]);

		if (options->delay_us > 0)
			node->usual_delay_us = tw_sim_net_draw(&demo->net, options->delay_us);
		node->delay_us = node->usual_delay_us;
	}
}

static int start_servers(struct demo *demo)
{
	const struct demo_options *options = demo->options;

	demo->servers = calloc(options->n_nodes, sizeof(struct demo_server *));
	if (demo->servers == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->n_nodes; i++) {
		uint16_t port = options->port == 0 ? 0 : (uint16_t)(options->port + i);
		int r = demo_server_create(
			demo->loop, &demo->net, i, port, tick, demo, &demo->servers[i]);

		if (r < 0) {
			fprintf(stderr, "tipwatch-demo: %s: cannot listen on 127.0.0.1:%u: %s\n",
				options->names[i], port, strerror(-r));
			return r;
		}
	}
	return 0;
}

static int start_control(struct demo *demo)
{
	const char *path = demo->options->control_path;
	int r;

	if (path == NULL)
		return 0;
	r = demo_control_create(demo->loop, path, on_control, demo, &demo->control);
	if (r == -EADDRINUSE)
		fprintf(stderr, "tipwatch-demo: %s: another process listens there\n", path);
	else if (r < 0)
		fprintf(stderr, "tipwatch-demo: %s: %s\n", path, strerror(-r));
	return r;
}

static int start_script(struct demo *demo)
{
	const char *path = demo->options->script_path;
	int r;

	if (demo->options->has_story)
		return demo_story_create(&demo->net, demo->options->follow_path, &demo->story);
	if (path == NULL)
		return 0;
	r = demo_script_load(path, &demo->net, &demo->script);
	if (r < 0)
		fprintf(stderr, "tipwatch-demo: %s: %s\n", path, strerror(-r));
	return r;
}

static int start_loop(struct demo *demo)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct tw_sim_net_params params = demo->options->net;
	int r;

	r = tw_loop_create(&demo->loop);
	if (r < 0)
		return r;
	demo->start_us = tw_loop_now(demo->loop);
	params.chain.wall_start_us = tw_loop_to_wall(demo->loop, demo->start_us);
	for (size_t i = 0; i < TW_ARRAY_SIZE(signals); i++) {
		r = tw_loop_add_signal(demo->loop, signals[i], on_signal, demo, &demo->signals[i]);
		if (r < 0)
			return r;
	}
	r = tw_loop_add_timer(demo->loop, on_timer, demo, &demo->timer);
	if (r < 0)
		return r;
	tw_loop_set_prepare(demo->loop, on_prepare, demo);
	return tw_sim_net_init(&demo->net, &params, demo->options->n_nodes);
}

int demo_start(struct demo *demo, const struct demo_options *options)
{
	int r;

	*demo = (struct demo){ .options = options };
	raise_file_limit(options->n_nodes);
	r = start_loop(demo);
	if (r < 0) {
		fprintf(stderr, "tipwatch-demo: cannot start: %s\n", strerror(-r));
		return r;
	}
	add_nodes(demo);
	r = start_script(demo);
	if (r == 0)
		r = start_servers(demo);
	if (r == 0)
		r = start_control(demo);
	if (r == 0)
		r = demo_announce_nodes(options, &demo->net);
	/* The first wake-up arms everything else. */
	tw_loop_arm(demo->timer, demo->start_us);
	return r;
}

void demo_finish(struct demo *demo)
{
	if (demo->loop == NULL)
		return;
	demo_control_destroy(demo->control);
	demo_script_destroy(demo->script);
	demo_story_destroy(demo->story);
	for (uint32_t i = 0; demo->servers != NULL && i < demo->options->n_nodes; i++)
		demo_server_destroy(demo->servers[i]);
	free(demo->servers);
	tw_loop_remove_timer(demo->timer);
	for (size_t i = 0; i < TW_ARRAY_SIZE(demo->signals); i++)
		tw_loop_remove_signal(demo->signals[i]);
	if (demo->net.chain != NULL)
		tw_sim_net_finish(&demo->net);
	tw_loop_destroy(demo->loop);
}
