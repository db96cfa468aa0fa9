/*
 * See tipwatch.h. A connection: requests and replies in order, one at a time, or a stream. line
 * sends and receives the lines, parse reads them. A call that failed half-way leaves the connection
 * out of step, since the next line may answer an earlier request; every later call then fails.
 */
#include "client/tipwatch.h"
#include "client/line.h"
#include "client/parse.h"
#include "client/paths.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { REFUSAL_MAX = 65536, REQUEST_MAX = 1024 };

struct tipwatch {
	struct tw_client_line *client;
	struct tw_buf line;
	struct tw_buf refusal;
	bool is_stream;
	bool is_broken; /* the next line may answer an earlier request */
};

static int64_t to_us(int timeout_ms)
{
	return timeout_ms < 0 ? TW_NEVER : timeout_ms * TW_MS;
}

static int find_socket(const char *path, char found[TW_PATHS_MAX])
{
	struct tw_paths_env env;

	if (path == NULL)
		path = getenv("TIPWATCH_SOCKET");
	if (path != NULL && path[0] != '\0')
		return (size_t)snprintf(found, TW_PATHS_MAX, "%s", path) < TW_PATHS_MAX
			       ? 0
			       : -ENAMETOOLONG;
	tw_paths_read_env(&env);
	return tw_paths_find_control(&env, found);
}

int tipwatch_connect(const char *path, int timeout_ms, struct tipwatch **ret_tipwatch)
{
	struct tipwatch *tipwatch;
	char found[TW_PATHS_MAX];
	int r = find_socket(path, found);

	if (r < 0)
		return r;
	tipwatch = calloc(1, sizeof(*tipwatch));
	if (tipwatch == NULL)
		return -ENOMEM;
	tw_buf_init(&tipwatch->line, TW_CLIENT_LINE_MAX);
	tw_buf_init(&tipwatch->refusal, REFUSAL_MAX);
	r = tw_client_line_connect(found, to_us(timeout_ms), &tipwatch->client);
	if (r < 0) {
		tipwatch_close(tipwatch);
		return r;
	}
	*ret_tipwatch = tipwatch;
	return 0;
}

void tipwatch_close(struct tipwatch *tipwatch)
{
	if (tipwatch == NULL)
		return;
	tw_client_line_destroy(tipwatch->client);
	tw_buf_finish(&tipwatch->line);
	tw_buf_finish(&tipwatch->refusal);
	free(tipwatch);
}

int tipwatch_fd(const struct tipwatch *tipwatch)
{
	return tw_client_line_fd(tipwatch->client);
}

const char *tipwatch_refusal(const struct tipwatch *tipwatch)
{
	return tw_buf_str(&tipwatch->refusal);
}

const char *tipwatch_version(void)
{
	return TW_VERSION;
}

/* --- lines --- */

/* The checks that every call begins with. */
static int begin(struct tipwatch *tipwatch, bool is_for_stream)
{
	tw_buf_clear(&tipwatch->refusal);
	if (tipwatch->is_broken)
		return -ENOTCONN;
	return tipwatch->is_stream && !is_for_stream ? -EBUSY : 0;
}

static int give(struct tipwatch *tipwatch, int r, const char **ret_line, size_t *ret_len)
{
	if (r < 0)
		return r;
	*ret_line = tw_buf_str(&tipwatch->line);
	*ret_len = tipwatch->line.len;
	return 0;
}

int tipwatch_request(struct tipwatch *tipwatch, const char *request, int timeout_ms,
	const char **ret_line, size_t *ret_len)
{
	int r = begin(tipwatch, false);

	if (r < 0)
		return r;
	r = tw_client_line_request(tipwatch->client, request, to_us(timeout_ms), &tipwatch->line);
	/* -EINVAL: the request has a line end in it, and nothing was sent. */
	tipwatch->is_broken = r < 0 && r != -EINVAL;
	return give(tipwatch, r, ret_line, ret_len);
}

int tipwatch_send(struct tipwatch *tipwatch, const char *request, int timeout_ms)
{
	int r = begin(tipwatch, false);

	if (r < 0)
		return r;
	r = tw_client_line_send(tipwatch->client, request, to_us(timeout_ms));
	tipwatch->is_broken = r < 0 && r != -EINVAL;
	return r;
}

/* After -ETIMEDOUT the connection is still in step: the next call waits for the same line. */
int tipwatch_receive(
	struct tipwatch *tipwatch, int timeout_ms, const char **ret_line, size_t *ret_len)
{
	int r = begin(tipwatch, true);

	if (r < 0)
		return r;
	r = tw_client_line_receive(tipwatch->client, to_us(timeout_ms), &tipwatch->line);
	tipwatch->is_broken = r < 0 && r != -ETIMEDOUT;
	return give(tipwatch, r, ret_line, ret_len);
}

/* --- requests and streams --- */

int tipwatch_ask(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_select *ret_select)
{
	const char *line;
	size_t len;
	int r = tipwatch_request(tipwatch, "select", timeout_ms, &line, &len);

	return r < 0 ? r : tw_client_parse_select(line, len, ret_select, &tipwatch->refusal);
}

int tipwatch_submit(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_target *targets,
	size_t max, size_t *ret_n, struct tipwatch_timing *ret_timing)
{
	const char *line;
	size_t len;
	int r = tipwatch_request(tipwatch, "submit", timeout_ms, &line, &len);

	return r < 0 ? r
		     : tw_client_parse_submit(
			       line, len, targets, max, ret_n, ret_timing, &tipwatch->refusal);
}

int tipwatch_report(struct tipwatch *tipwatch, const char *name, const char *what, int timeout_ms)
{
	char request[REQUEST_MAX];
	const char *line;
	size_t len;
	int r;

	if ((size_t)snprintf(request, sizeof(request), "report %s %s", name, what) >=
		sizeof(request))
		return -EINVAL;
	r = tipwatch_request(tipwatch, request, timeout_ms, &line, &len);
	return r < 0 ? r : tw_client_parse_ok(line, len, &tipwatch->refusal);
}

int tipwatch_watch(struct tipwatch *tipwatch, int timeout_ms)
{
	int r = tipwatch_send(tipwatch, "watch", timeout_ms);

	if (r == 0)
		tipwatch->is_stream = true;
	return r;
}

int tipwatch_next(struct tipwatch *tipwatch, int timeout_ms, struct tipwatch_select *ret_select)
{
	const char *line;
	size_t len;
	int r = tipwatch_receive(tipwatch, timeout_ms, &line, &len);

	return r < 0 ? r : tw_client_parse_select(line, len, ret_select, &tipwatch->refusal);
}
