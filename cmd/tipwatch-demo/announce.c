/* See announce.h. */
#include "announce.h"
#include "base/buf.h"
#include "json/emit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_MAX = 1024 * 1024 };

static int put_json(
	const struct demo_options *options, const struct tw_sim_net *net, struct tw_buf *out)
{
	struct tw_emit *json = tw_emit_create(out);

	tw_emit_open_map(json);
	tw_emit_put_int(json, "pid", getpid());
	tw_emit_put_text(json, "control", options->control_path);
	tw_emit_key(json, "nodes");
	tw_emit_open_array(json);
	for (uint32_t i = 0; i < net->n_nodes; i++) {
		const struct tw_sim_node *node = &net->nodes[i];

		tw_emit_open_map(json);
		tw_emit_put_text(json, "name", node->name);
		tw_emit_put_text(json, "url", node->url);
		if (options->has_p2p)
			tw_emit_put_text(json, "p2p", node->p2p);
		tw_emit_put_text(json, "dialect", tw_dialect_word(node->version->dialect));
		tw_emit_put_text(json, "version", node->version->version);
		tw_emit_close_map(json);
	}
	tw_emit_close_array(json);
	tw_emit_close_map(json);
	tw_emit_destroy(json);
	tw_buf_putc(out, '\n');
	return out->error;
}

static int put_lines(const struct tw_sim_net *net, struct tw_buf *out)
{
	for (uint32_t i = 0; i < net->n_nodes; i++)
		tw_buf_printf(out, "%s=%s\n", net->nodes[i].name, net->nodes[i].url);
	return out->error;
}

/* Writes a new file beside path and renames it: whoever waits for the file finds it complete. */
static int write_file(const char *path, const struct tw_buf *text)
{
	char temporary[4096];
	int fd, n, r = 0;

	n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < text->len;) {
		ssize_t written = write(fd, text->data + done, text->len - done);

		if (written < 0) {
			r = -errno;
			break;
		}
		done += (size_t)written;
	}
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
	return r;
}

int demo_announce_nodes(const struct demo_options *options, const struct tw_sim_net *net)
{
	struct tw_buf text;
	int r;

	tw_buf_init(&text, TEXT_MAX);
	r = options->is_json ? put_json(options, net, &text) : put_lines(net, &text);
	if (r < 0) {
		fprintf(stderr, "tipwatch-demo: %s\n", strerror(-r));
		goto out;
	}
	if (options->ports_path != NULL) {
		r = write_file(options->ports_path, &text);
		if (r < 0) {
			fprintf(stderr, "tipwatch-demo: %s: %s\n", options->ports_path,
				strerror(-r));
			goto out;
		}
	}
	fputs(tw_buf_str(&text), stdout);
	fflush(stdout);
out:
	tw_buf_finish(&text);
	return r;
}

void demo_announce_step(int64_t now_us, const char *sentence)
{
	printf("[%3lld s] %s\n", (long long)(now_us / TW_SEC), sentence);
	fflush(stdout);
}
