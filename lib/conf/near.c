/* See near.h. */
#include "conf/near.h"
#include "base/num.h"
#include "conf/report.h"
#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 40, NEAR_MAX = 2 };

/* How many letters must be added, dropped, changed or swapped to make b of a (optimal string
 * alignment). Capital letters count as small ones. */
static int64_t distance(const char *a, const char *b)
{
	int64_t d[WORD_MAX + 1][WORD_MAX + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t i = 0; i <= n; i++) {
		for (size_t j = 0; j <= m; j++) {
			bool is_other;

			if (i == 0 || j == 0) {
				d[i][j] = (int64_t)(i + j);
				continue;
			}
			is_other = tolower((unsigned char)a[i - 1]) !=
				   tolower((unsigned char)b[j - 1]);
			d[i][j] = tw_min(
				tw_min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + is_other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = tw_min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[n][m];
}

/* Takes word in place of the best one so far if it is nearer to name: at most NEAR_MAX changes, and
 * fewer than half of its letters. */
static void consider(const char *name, const char *word, int64_t *best, const char **ret_word)
{
	int64_t far = distance(name, word);

	if (far < *best && far <= NEAR_MAX && 2 * far < (int64_t)strlen(word)) {
		*best = far;
		*ret_word = word;
	}
}

static const char *nearest(const char *name, const struct tw_conf_section *section)
{
	const char *word = NULL;
	int64_t best = WORD_MAX;

	if (section == NULL) {
		consider(name, tw_conf_daemon.name, &best, &word);
		for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++)
			consider(name, tw_conf_sections[i].name, &best, &word);
		return word;
	}
	for (uint32_t i = 0; i < section->n_keys; i++)
		consider(name, section->keys[i].name, &best, &word);
	return word;
}

/* Another section that has a key called name, or NULL. */
static const struct tw_conf_section *home(const char *name)
{
	for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++) {
		if (tw_conf_keys_find(&tw_conf_sections[i], name) != NULL)
			return &tw_conf_sections[i];
	}
	return tw_conf_keys_find(&tw_conf_daemon, name) != NULL ? &tw_conf_daemon : NULL;
}

static void put_allowed(struct tw_buf *out, const struct tw_conf_section *section)
{
	if (section == NULL) {
		tw_buf_puts(out, tw_conf_daemon.name);
		for (uint32_t i = 0; i < TW_CONF_SECTIONS; i++)
			tw_buf_printf(out, ", %s", tw_conf_sections[i].name);
		return;
	}
	for (uint32_t i = 0; i < section->n_keys; i++)
		tw_buf_printf(out, "%s%s", i == 0 ? "" : ", ", section->keys[i].name);
}

void tw_conf_near_explain(
	const char *name, const struct tw_conf_section *section, struct tw_buf *out)
{
	const char *near = nearest(name, section);
	const struct tw_conf_section *other = home(name);

	tw_buf_puts(out, "unknown key ");
	tw_conf_report_quote(out, name, strlen(name));
	if (section != NULL)
		tw_buf_printf(out, " in %s", section->name);
	tw_buf_puts(out, "; ");
	if (section == &tw_conf_daemon && strcmp(name, "password") == 0) {
		tw_buf_puts(
			out, "a password stands in a file of its own, which password_file names");
		return;
	}
	if (near != NULL) {
		tw_buf_printf(out, "did you mean \"%s\"?", near);
		return;
	}
	if (other == &tw_conf_daemon)
		tw_buf_puts(out, "it belongs in an entry of daemons; ");
	else if (other != NULL)
		tw_buf_printf(out, "it belongs in the group %s; ", other->name);
	tw_buf_puts(out, "allowed here are ");
	put_allowed(out, section);
}
