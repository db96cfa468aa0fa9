/* See print.h. */
#include "conf/print.h"
#include "conf/value.h"
#include <string.h>

enum { VALUE_MAX = 1 << 16 };

static void put_comment(struct tw_buf *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		tw_buf_printf(out, "# %.*s\n", (int)len, text);
		text += len + (text[len] == '\n' ? 1 : 0);
	}
}

/* In quotes, as libconfig reads it back. */
static void put_text(struct tw_buf *out, const char *text)
{
	tw_buf_putc(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			tw_buf_printf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			tw_buf_printf(out, "\\x%02x", c);
		else
			tw_buf_putc(out, (char)c);
	}
	tw_buf_putc(out, '"');
}

static void put_value(struct tw_buf *out, const struct tw_conf_key *key, const void *base)
{
	const void *field = (const char *)base + key->offset;
	struct tw_buf value;

	tw_buf_init(&value, VALUE_MAX);
	tw_conf_value_put(key, field, &value);
	if (tw_conf_value_form(key) == TW_CONF_FORM_TEXT)
		put_text(out, tw_buf_str(&value));
	else
		tw_buf_puts(out, tw_buf_str(&value));
	if (value.error < 0)
		out->error = value.error;
	tw_buf_finish(&value);
}

/* Whether a node has no value of its own for key: printed, it would no longer follow that of coin
 * or probe. */
static bool is_left_out(const struct tw_conf_key *key, const struct tw_node_conf *node)
{
	const void *field = (const char *)node + key->offset;

	if (key->kind == TW_CONF_TEXT)
		return (*(char *const *)field)[0] == '\0';
	if (key->kind == TW_CONF_DURATION)
		return *(const int64_t *)field == 0;
	if (strcmp(key->name, "dialect") == 0)
		return !node->has_own_dialect;
	return false;
}

static void put_nodes(struct tw_buf *out, const struct tw_config *config)
{
	put_comment(out, tw_conf_daemon.comment);
	tw_buf_puts(out, "daemons = (\n");
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		const struct tw_node_conf *node = &config->nodes[i];

		tw_buf_puts(out, "\t{");
		for (uint32_t k = 0; k < tw_conf_daemon.n_keys; k++) {
			const struct tw_conf_key *key = &tw_conf_daemon.keys[k];

			if (is_left_out(key, node))
				continue;
			tw_buf_printf(out, "%s %s = ", k == 0 ? "" : ";", key->name);
			put_value(out, key, node);
		}
		tw_buf_printf(out, "; }%s\n", i + 1 < config->n_nodes ? "," : "");
	}
	tw_buf_puts(out, ");\n");
}

void tw_conf_print(const struct tw_config *config, struct tw_buf *out)
{
	put_nodes(out, config);
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		const struct tw_conf_section *section = &tw_conf_sections[i];

		tw_buf_putc(out, '\n');
		put_comment(out, section->comment);
		tw_buf_printf(out, "%s = {\n", section->name);
		for (uint32_t k = 0; k < section->n_keys; k++) {
			tw_buf_printf(out, "\t%s = ", section->keys[k].name);
			put_value(out, &section->keys[k], config);
			tw_buf_puts(out, ";\n");
		}
		tw_buf_puts(out, "};\n");
	}
}
