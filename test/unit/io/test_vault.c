/*
 * io/vault: a found block through a tipwatchd that ends at every step. A child takes a block from
 * the directory and sends it to a daemon that is not there; it ends before, in the middle of, or
 * after the first, second, third ... write or rename. Whatever the step was, the next run has the
 * block once, with its file in one place, and sends it to nobody who may have got it just now.
 */
#include "conf/config.h"
#include "core/monitor.h"
#include "fixture/compare.h"
#include "io/vault/vault.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PARENT "00112233445566778899aabbccddeeff00112233445566778899aabbccddee77"
#define BLOCK  "1010f4d391d806" PARENT "0102030402a00101ff64"

enum { DIED = 9, PARTS = 3 /* before, in the middle, after */ };

static int countdown; /* steps until this process ends; 0: never */

static bool is_last(void)
{
	return countdown > 0 && --countdown == 0;
}

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	ssize_t n;

	if (fd <= STDERR_FILENO)
		return __real_write(fd, data, len);
	if (is_last())
		_exit(DIED);
	if (is_last()) {
		(void)!__real_write(fd, data, len / 2);
		_exit(DIED);
	}
	n = __real_write(fd, data, len);
	if (is_last())
		_exit(DIED);
	return n;
}

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	int r;

	if (is_last())
		_exit(DIED);
	r = __real_renameat(from_fd, from, to_fd, to);
	if (is_last())
		_exit(DIED);
	return r;
}

/* --- a vault with a daemon that refuses connections --- */

struct scene {
	char dir[64];
	struct tw_config *config;
	struct tw_loop *loop;
	struct tw_monitor *monitor;
	struct tw_vault *vault;
	struct tw_rpc_peer peer;
	const struct tw_rpc_peer *peers[1];
	int n_wakeups;
};

static void on_changed(void *ctx, const struct tw_block *block)
{
	(void)ctx;
	(void)block;
}

static void on_failed(void *ctx, int32_t node)
{
	(void)ctx;
	(void)node;
}

static const struct tw_vault_ops ops = { on_changed, on_failed };

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_that(fputs(text, file), >=, 0);
	assert_int_equal(fclose(file), 0);
}

static void load(struct scene *scene)
{
	static const struct tw_conf_defaults defaults = { "/nowhere/c.sock", "/nowhere" };
	struct tw_buf text, errors;
	char path[128];

	tw_buf_init(&text, 4096);
	tw_buf_init(&errors, 4096);
	tw_buf_printf(&text,
		"daemons = ( { name = \"a\"; url = \"http://127.0.0.1:1\"; } );\n"
		"blocks = { dir = \"%s/blocks\"; };\nstate = { dir = \"%s/state\"; };\n",
		scene->dir, scene->dir);
	write_file(scene->dir, "conf", tw_buf_str(&text));
	(void)snprintf(path, sizeof(path), "%s/conf", scene->dir);
	assert_int_equal(tw_config_load(path, &defaults, &errors, &scene->config), 0);
	tw_buf_finish(&errors);
	tw_buf_finish(&text);
}

/* The core has seen the daemon at the parent of the block, and uses it. */
static void make_monitor(struct scene *scene)
{
	struct tw_core_config core;
	struct tw_observation obs;
	struct tw_point tip = { .height = 99 };

	tw_config_core(scene->config, &core);
	assert_int_equal(tw_monitor_create(&core, NULL, NULL, 1000, &scene->monitor), 0);
	assert_int_equal(tw_hash_parse(PARENT, TW_HASH_HEX, &tip.hash), 0);
	tw_observation_init(&obs, TW_RESULT_OK);
	obs.peers_in = obs.peers_out = 8;
	tw_observation_add(&obs, &tip);
	tw_monitor_observe(scene->monitor, 2000, 0, -1, &obs);
	tw_monitor_step(scene->monitor, 2000);
	assert_int_equal(tw_monitor_decision(scene->monitor)->chosen, 0);
	tw_rpc_peer_init(&scene->peer, TW_DIALECT_MONERO, "", 0);
	scene->peers[0] = &scene->peer;
}

static void open_scene(struct scene *scene)
{
	load(scene);
	assert_int_equal(tw_loop_create(&scene->loop), 0);
	make_monitor(scene);
	assert_int_equal(tw_vault_open(scene->loop, scene->config, &ops, scene, &scene->vault), 0);
}

static void close_scene(struct scene *scene)
{
	tw_vault_close(scene->vault);
	tw_monitor_destroy(scene->monitor);
	tw_loop_destroy(scene->loop);
	tw_config_destroy(scene->config);
}

/* Until the daemon was tried. */
static void prepare(void *ctx)
{
	const struct tw_block_book *book;
	struct scene *scene = ctx;

	tw_vault_run(scene->vault, scene->monitor, scene->peers);
	book = tw_vault_book(scene->vault);
	if (++scene->n_wakeups > 1000 ||
		(book->n > 0 && book->blocks[0]->n_peers > 0 &&
			book->blocks[0]->peers[0].answer == TW_BLOCK_ANSWER_FAILED))
		tw_loop_stop(scene->loop);
}

static void run_scene(struct scene *scene)
{
	scene->n_wakeups = 0;
	tw_loop_set_prepare(scene->loop, prepare, scene);
	assert_int_equal(tw_loop_run(scene->loop), 0);
}

static int count_files(const struct scene *scene, const char *place)
{
	char path[128];
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/blocks/%s", scene->dir, place);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

static void remove_scene(const struct scene *scene)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r '%s'", scene->dir);
	assert_int_equal(system(command), 0);
}

static void hand_over(const struct scene *scene)
{
	char from[128], to[128];

	(void)snprintf(from, sizeof(from), "%s/blocks/tmp/block", scene->dir);
	(void)snprintf(to, sizeof(to), "%s/blocks/new/block", scene->dir);
	write_file(scene->dir, "blocks/tmp/block", BLOCK "\n");
	assert_int_equal(rename(from, to), 0);
}

/* A child that ends at that step. Returns whether there was one. */
static bool die_at(struct scene *scene, int step)
{
	pid_t child = fork();
	int status = 0;

	assert_that(child, >=, 0);
	if (child == 0) {
		open_scene(scene);
		hand_over(scene);
		countdown = step;
		run_scene(scene);
		countdown = 0;
		close_scene(scene);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		assert_int_equal(WEXITSTATUS(status), DIED);
	return WEXITSTATUS(status) == DIED;
}

/* Until the block has a daemon. A file that nobody has told of is taken when it is a second old. */
static void look_once(void *ctx)
{
	const struct tw_block_book *book;
	struct scene *scene = ctx;

	tw_vault_run(scene->vault, scene->monitor, scene->peers);
	book = tw_vault_book(scene->vault);
	if (++scene->n_wakeups > 1000 || (book->n > 0 && book->blocks[0]->n_peers > 0))
		tw_loop_stop(scene->loop);
}

/* The run after that. */
static void check(struct scene *scene, int step)
{
	const struct tw_block_book *book;
	uint32_t n_sends;

	if (count_files(scene, "new") + count_files(scene, "taken") + count_files(scene, "sent") !=
		1)
		fail_msg("after step %d: new %d, taken %d, sent %d", step,
			count_files(scene, "new"), count_files(scene, "taken"),
			count_files(scene, "sent"));
	scene->n_wakeups = 0;
	open_scene(scene);
	book = tw_vault_book(scene->vault);
	n_sends =
		book->n > 0 && book->blocks[0]->n_peers > 0 ? book->blocks[0]->peers[0].n_sends : 0;
	tw_loop_set_prepare(scene->loop, look_once, scene);
	assert_int_equal(tw_loop_run(scene->loop), 0);
	assert_int_equal(book->n, 1);
	assert_int_equal(tw_block_height(book->blocks[0]), 100);
	assert_int_equal(book->blocks[0]->n_peers, 1);
	if (n_sends > 0)
		assert_int_equal(book->blocks[0]->peers[0].n_sends, n_sends);
	else
		assert_int_equal(book->blocks[0]->peers[0].n_sends, 1);
	/* Where the line says that it is sent, and the rename is missing, it goes on from there. */
	assert_int_equal(count_files(scene, "sent") + count_files(scene, "taken"), 1);
	close_scene(scene);
}

static void test_ends_at_every_step(void **state)
{
	bool has_died = true;
	int n_deaths = 0;

	(void)state;
	for (int step = 1; has_died; step++) {
		struct scene scene;

		scene = (struct scene){ .dir = "/tmp/tw-vault-XXXXXX" };
		assert_non_null(mkdtemp(scene.dir));
		has_died = die_at(&scene, step);
		check(&scene, step);
		remove_scene(&scene);
		n_deaths += has_died;
	}
	/* At least: the line of the block found, the file taken, the line of the block sent, the
	 * file sent, and the line of the answer. */
	assert_that(n_deaths, >=, 3 * PARTS + 2 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
