/* See submit_block.h. */
#include "submit_block.h"
#include "base/file.h"
#include "block/block.h"
#include "json/json.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DIR_MAX = 4096 };

static const struct tw_json_limits limits = { .bytes = 1 << 20, .nodes = 65536 };

/* What tipwatchd says that its directory is. 0; TW_EXIT_REFUSED: it has none; or, where it is not
 * asked, ret_dir stays "". */
static int find_dir(struct tw_app *app, char ret_dir[DIR_MAX])
{
	char message[TW_LINK_MESSAGE_MAX];
	struct tw_json_doc *doc = NULL;
	int r = 0;

	ret_dir[0] = '\0';
	if (tw_link_open(app->socket, app->path, &app->client, message) < 0 ||
		tw_link_request(app->client, "submit", TW_LINK_REPLY_US, &app->line) < 0)
		return 0;
	if (tw_json_parse(tw_buf_str(&app->line), app->line.len, &limits, &doc) != 0)
		return 0;
	if (tw_json_get_text(tw_json_root(doc), "vault", DIR_MAX, ret_dir) < 0)
		r = tw_app_complain(TW_EXIT_REFUSED,
			"tipwatchd keeps no found blocks: set blocks.dir in its configuration and "
			"restart it");
	tw_json_doc_destroy(doc);
	return r;
}

static int hand_over(struct tw_app *app, const char *dir, const struct tw_buf *data,
	const struct tw_buf *hex, const struct tw_block_blob *blob)
{
	char id[TW_BLOCK_ID_SIZE];
	int r = tipwatch_block(dir[0] == '\0' ? NULL : dir, data->data, data->len, NULL);

	if (r < 0)
		return tw_app_complain(TW_EXIT_UNREACHABLE,
			"cannot write the block to the directory of found blocks%s%s: %s; the "
			"directory is that of blocks.dir, or TIPWATCH_BLOCKS while tipwatchd does "
			"not run, and its group may write in it",
			dir[0] == '\0' ? "" : " ", dir, strerror(-r));
	tw_block_identify(hex->data, hex->len, id);
	tw_buf_printf(&app->out, "block %s", id);
	if (blob->heads[0].height != TW_UNKNOWN)
		tw_buf_printf(&app->out, " for height %" PRId64, blob->heads[0].height);
	tw_buf_puts(&app->out, " was handed over; `tipwatchctl blocks` says what becomes of it\n");
	return TW_EXIT_DONE;
}

int tw_submit_block(struct tw_app *app)
{
	const char *path = strcmp(app->args[0], "-") == 0 ? "/dev/stdin" : app->args[0];
	struct tw_block_blob blob;
	struct tw_buf data, hex;
	char dir[DIR_MAX];
	int r, code;

	tw_buf_init(&data, TW_BLOCK_BLOB_MAX);
	tw_buf_init(&hex, 2 * TW_BLOCK_BLOB_MAX);
	r = tw_file_read(path, true, &data);
	if (r < 0) {
		code = tw_app_complain(
			TW_EXIT_USAGE, "cannot read %s: %s", app->args[0], strerror(-r));
	} else if (tw_block_blob_read(tw_buf_str(&data), data.len, &hex, &blob) < 0) {
		code = tw_app_complain(TW_EXIT_USAGE,
			"%s is no block: neither hex digits nor the bytes of one", app->args[0]);
	} else {
		code = find_dir(app, dir);
		if (code == 0)
			code = hand_over(app, dir, &data, &hex, &blob);
	}
	tw_buf_finish(&hex);
	tw_buf_finish(&data);
	return code;
}
