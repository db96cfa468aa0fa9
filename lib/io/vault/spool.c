/* See spool.h. */
#include "io/vault/spool.h"
#include "base/file.h"
#include "base/log.h"
#include "io/control/peer.h"
#include "io/files.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TMP, NEW, TAKEN, SENT, DONE, BAD, PLACES };
enum {
	MODE_TOP = 0710,
	MODE_OPEN = 0730, /* the group may write in it, and not list it */
	MODE_PRIVATE = 0700,
	LOOK_MAX = 1000,    /* files looked at in one go */
	SETTLED_MS = 1000,  /* a file that did not change for so long is whole */
	COMPLAIN_S = 60,    /* the least time between two lines about files */
	PRUNE_EVERY = 50,   /* moves */
	LIST_MAX = 1 << 16, /* names that are read of one directory */
};

static const struct {
	const char *name;
	mode_t mode;
} places[PLACES] = {
	[TMP] = { "tmp", MODE_OPEN },
	[NEW] = { "new", MODE_OPEN },
	[TAKEN] = { "taken", MODE_PRIVATE },
	[SENT] = { "sent", MODE_PRIVATE },
	[DONE] = { "done", MODE_PRIVATE },
	[BAD] = { "bad", MODE_PRIVATE },
};
static const int place_of[] = {
	[TW_SPOOL_TAKEN] = TAKEN,
	[TW_SPOOL_SENT] = SENT,
	[TW_SPOOL_DONE] = DONE,
};

struct tw_spool {
	char dir[PATH_MAX];
	int fds[PLACES];
	int watch_fd;
	struct tw_loop_fd *watch;
	tw_spool_fn *fn;
	void *ctx;
	time_t complained_s;
	uint32_t n_moves;
	struct tw_buf content;
};

/* --- directories --- */

/* The mode is set also where the directory exists: who may write is not left to chance. */
static int make_dir(const char *path, mode_t mode, gid_t gid)
{
	struct stat st;
	int r = 0;

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* An operator may have made it, with its owner. */
	if (gid != (gid_t)-1 && st.st_gid != gid && lchown(path, (uid_t)-1, gid) < 0)
		r = -errno;
	if (r == 0 && (st.st_mode & 0777) != mode && chmod(path, mode) < 0)
		r = -errno;
	return r;
}

static int open_places(struct tw_spool *spool, gid_t gid)
{
	char path[PATH_MAX];
	int r = tw_files_prepare(spool->dir);

	if (r == 0)
		r = make_dir(spool->dir, MODE_TOP, gid);
	for (int i = 0; r == 0 && i < PLACES; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", spool->dir, places[i].name) >=
			sizeof(path))
			return -ENAMETOOLONG;
		r = make_dir(path, places[i].mode, gid);
		if (r == 0)
			spool->fds[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (r == 0 && spool->fds[i] < 0)
			r = -errno;
	}
	return r;
}

/* Calls fn with the name of every file of a place, at most LIST_MAX. */
static void each_name(const struct tw_spool *spool, int place, int max,
	void (*fn)(void *ctx, const char *name), void *ctx)
{
	int fd = openat(spool->fds[place], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL) {
		tw_file_close(&fd);
		return;
	}
	while (max > 0 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		fn(ctx, entry->d_name);
		max--;
	}
	closedir(dir);
}

/* --- keeping done and bad small --- */

struct oldest {
	const struct tw_spool *spool;
	int place;
	uint32_t n;
	char name[NAME_MAX + 1];
	struct timespec time;
};

static void find_oldest(void *ctx, const char *name)
{
	struct oldest *oldest = ctx;
	struct stat st;

	oldest->n++;
	if (fstatat(oldest->spool->fds[oldest->place], name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (oldest->name[0] != '\0' && (st.st_mtim.tv_sec > oldest->time.tv_sec ||
					       (st.st_mtim.tv_sec == oldest->time.tv_sec &&
						       st.st_mtim.tv_nsec >= oldest->time.tv_nsec)))
		return;
	oldest->time = st.st_mtim;
	snprintf(oldest->name, sizeof(oldest->name), "%s", name);
}

static void prune(const struct tw_spool *spool, int place)
{
	for (int i = 0; i < PRUNE_EVERY * 2; i++) {
		struct oldest oldest = { .spool = spool, .place = place };

		each_name(spool, place, LIST_MAX, find_oldest, &oldest);
		if (oldest.n <= TW_SPOOL_KEPT_MAX || oldest.name[0] == '\0')
			return;
		unlinkat(spool->fds[place], oldest.name, 0);
	}
}

static int move(struct tw_spool *spool, int from, const char *name, int to, const char *new_name)
{
	int r = 0;

	if (renameat(spool->fds[from], name, spool->fds[to], new_name) < 0)
		r = -errno;
	if (r < 0)
		tw_error("cannot move the block file %s/%s/%s to %s: %s", spool->dir,
			places[from].name, name, places[to].name, strerror(-r));
	if (spool->n_moves++ % PRUNE_EVERY == 0) {
		prune(spool, DONE);
		prune(spool, BAD);
	}
	return r;
}

/* --- files that come --- */

static void complain(struct tw_spool *spool, const char *name, const char *what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (spool->complained_s != 0 && now.tv_sec - spool->complained_s < COMPLAIN_S)
		return;
	spool->complained_s = now.tv_sec;
	tw_warn("the block file %s/new/%s %s", spool->dir, name, what);
}

static bool is_settled(const struct stat *st)
{
	struct timespec now;
	int64_t age_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	age_ms = ((int64_t)now.tv_sec - st->st_ctim.tv_sec) * 1000 +
		 (now.tv_nsec - st->st_ctim.tv_nsec) / 1000000;
	/* A clock that was set back must not keep a file waiting. */
	return age_ms < 0 || age_ms >= SETTLED_MS;
}

/* 0 with the content; 1: it is not whole yet; or a negative errno. */
static int read_new(struct tw_spool *spool, const char *name, bool is_whole)
{
	int fd = openat(
		spool->fds[NEW], name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int r = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (st.st_size > TW_SPOOL_FILE_MAX)
		r = -EMSGSIZE;
	else if (!is_whole && !is_settled(&st))
		r = 1;
	tw_buf_clear(&spool->content);
	if (r == 0)
		r = tw_file_read_fd(fd, &spool->content);
	close(fd);
	return r;
}

/* The daemon that follows the last colon of a name, or "". */
static const char *writer_of(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL || strlen(colon + 1) > TW_NAME_MAX ? "" : colon + 1;
}

static void judge(struct tw_spool *spool, const char *name)
{
	char id[TW_SPOOL_NAME_MAX + 1] = "";

	switch (spool->fn(
		spool->ctx, tw_buf_str(&spool->content), spool->content.len, writer_of(name), id)) {
	case TW_SPOOL_TAKE:
		(void)move(spool, NEW, name, TAKEN, id);
		break;
	case TW_SPOOL_TAKE_SENT:
		(void)move(spool, NEW, name, SENT, id);
		break;
	case TW_SPOOL_KNOWN:
		if (unlinkat(spool->fds[NEW], name, 0) < 0)
			complain(spool, name, "is of a known block and cannot be removed");
		break;
	case TW_SPOOL_BAD:
		tw_warn("the block file %s/new/%s is no block: moved to bad", spool->dir, name);
		(void)move(spool, NEW, name, BAD, name);
		break;
	case TW_SPOOL_LEAVE:
		break;
	}
}

static void take(struct tw_spool *spool, const char *name, bool is_whole)
{
	int r;

	if (name[0] == '.' || strlen(name) > TW_SPOOL_NAME_MAX)
		return;
	r = read_new(spool, name, is_whole);
	switch (r) {
	case 0:
		judge(spool, name);
		break;
	case 1:       /* the next look sees it again */
	case -ENOENT: /* it was taken already */
		break;
	case -EINVAL: /* no file */
	case -ELOOP:
	case -EMSGSIZE:
		tw_warn("%s/new/%s is no file with a block, or larger than 4 MiB: moved to bad",
			spool->dir, name);
		(void)move(spool, NEW, name, BAD, name);
		break;
	case -EACCES:
		complain(spool, name,
			"cannot be read: whoever writes it must give it the mode 0644");
		break;
	default:
		complain(spool, name, strerror(-r));
		break;
	}
}

static void take_settled(void *ctx, const char *name)
{
	take(ctx, name, false);
}

void tw_spool_look(struct tw_spool *spool)
{
	each_name(spool, NEW, LOOK_MAX, take_settled, spool);
}

/* A file was renamed into new, or whoever wrote it there has closed it. */
static void on_watch(void *ctx, int fd, int events)
{
	_Alignas(struct inotify_event) char data[16384];
	struct tw_spool *spool = ctx;
	ssize_t n = read(fd, data, sizeof(data));

	(void)events;
	for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
		struct inotify_event event;

		memcpy(&event, data + at, sizeof(event));
		if (event.len > 0)
			take(spool, data + at + sizeof(event), true);
		at += (ssize_t)sizeof(event) + event.len;
	}
}

static void open_watch(struct tw_spool *spool, struct tw_loop *loop)
{
	char path[PATH_MAX + 8];
	int r = 0;

	snprintf(path, sizeof(path), "%s/new", spool->dir);
	spool->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (spool->watch_fd < 0 ||
		inotify_add_watch(spool->watch_fd, path, IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		r = -errno;
	if (r == 0)
		r = tw_loop_add_fd(
			loop, spool->watch_fd, TW_LOOP_READ, on_watch, spool, &spool->watch);
	if (r < 0)
		tw_warn("cannot watch %s: %s; found blocks are noticed within a second", path,
			strerror(-r));
}

/* --- what others call --- */

int tw_spool_open(struct tw_loop *loop, const char *dir, const char *group, tw_spool_fn *fn,
	void *ctx, struct tw_spool **ret_spool)
{
	struct tw_spool *spool = calloc(1, sizeof(*spool));
	gid_t gid = (gid_t)-1;
	int r = 0;

	if (spool == NULL)
		return -ENOMEM;
	spool->fn = fn;
	spool->ctx = ctx;
	spool->watch_fd = -1;
	for (int i = 0; i < PLACES; i++)
		spool->fds[i] = -1;
	tw_buf_init(&spool->content, TW_SPOOL_FILE_MAX);
	if (group[0] != '\0')
		r = tw_control_peer_find_group("control.group", group, &gid);
	if (r == 0 && (size_t)snprintf(spool->dir, sizeof(spool->dir), "%s", dir) >=
			      sizeof(spool->dir) - 16)
		r = -ENAMETOOLONG;
	if (r == 0)
		r = open_places(spool, gid);
	if (r < 0) {
		tw_error("cannot prepare the directory of found blocks, %s (blocks.dir): %s; it "
			 "must belong to the user of tipwatchd",
			dir, strerror(-r));
		tw_spool_close(spool);
		return r;
	}
	open_watch(spool, loop);
	*ret_spool = spool;
	return 0;
}

void tw_spool_close(struct tw_spool *spool)
{
	if (spool == NULL)
		return;
	tw_loop_remove_fd(spool->watch);
	tw_file_close(&spool->watch_fd);
	for (int i = 0; i < PLACES; i++) {
		tw_file_close(&spool->fds[i]);
	}
	tw_buf_finish(&spool->content);
	free(spool);
}

struct listing {
	struct tw_spool *spool;
	enum tw_spool_place place;
	void (*fn)(void *ctx, const char *id, const char *data, size_t len);
};

static void list_one(void *ctx, const char *name)
{
	struct listing *listing = ctx;
	struct tw_spool *spool = listing->spool;

	tw_buf_clear(&spool->content);
	if (tw_spool_read(spool, name, listing->place, &spool->content) == 0)
		listing->fn(spool->ctx, name, tw_buf_str(&spool->content), spool->content.len);
}

void tw_spool_list(struct tw_spool *spool, enum tw_spool_place place,
	void (*fn)(void *ctx, const char *id, const char *data, size_t len))
{
	struct listing listing = { spool, place, fn };

	each_name(spool, place_of[place], LIST_MAX, list_one, &listing);
}

int tw_spool_move(
	struct tw_spool *spool, const char *id, enum tw_spool_place from, enum tw_spool_place to)
{
	return move(spool, place_of[from], id, place_of[to], id);
}

int tw_spool_read(
	struct tw_spool *spool, const char *id, enum tw_spool_place place, struct tw_buf *out)
{
	int fd = openat(spool->fds[place_of[place]], id,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return -errno;
	r = tw_file_read_fd(fd, out);
	close(fd);
	return r;
}
