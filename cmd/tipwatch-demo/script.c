/* See script.h. */
#include "script.h"
#include "base/span.h"
#include "sim/cmd/cmd.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 100000 };

struct step {
	struct demo_step step;
	char *text; /* its command */
};

struct demo_script {
	struct step *steps;
	size_t n_steps;
	size_t size;
	size_t next;
	int64_t base_us; /* when this round began */
};

static int add_step(struct demo_script *script, const struct demo_step *step)
{
	if (script->n_steps == script->size) {
		size_t size = script->size == 0 ? 32 : 2 * script->size;
		struct step *steps = realloc(script->steps, size * sizeof(*steps));

		if (steps == NULL)
			return -ENOMEM;
		script->steps = steps;
		script->size = size;
	}
	script->steps[script->n_steps].step = *step;
	script->steps[script->n_steps].text = strdup(step->command);
	if (script->steps[script->n_steps].text == NULL)
		return -ENOMEM;
	script->steps[script->n_steps].step.command = script->steps[script->n_steps].text;
	script->n_steps++;
	return 0;
}

void demo_script_destroy(struct demo_script *script)
{
	if (script == NULL)
		return;
	for (size_t i = 0; i < script->n_steps; i++)
		free(script->steps[i].text);
	free(script->steps);
	free(script);
}

struct reader {
	const char *path;
	int line;
	int problems;
	int64_t last_us;
	bool has_loop;
};

static void complain(struct reader *reader, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", reader->path, reader->line, what);
	reader->problems++;
}

/* "5s" is since the beginning, "+5s" since the line before. */
static bool read_time(struct reader *reader, const char *word, int64_t *ret_us)
{
	bool is_relative = word[0] == '+';
	char message[256];
	int64_t us;

	if (tw_span_parse(word + is_relative, &us) < 0) {
		snprintf(message, sizeof(message),
			"'%.64s' is not a time: a duration since the start like \"90s\", or one "
			"since the line before like \"+5s\", is wanted",
			word);
		complain(reader, message);
		return false;
	}
	if (is_relative)
		us += reader->last_us;
	if (us < reader->last_us) {
		complain(reader, "the time is before that of the line before");
		return false;
	}
	*ret_us = us;
	return true;
}

static int read_line(
	struct reader *reader, struct demo_script *script, struct tw_sim_net *net, char *text)
{
	struct tw_sim_outcome outcome;
	struct demo_step step = { .line = reader->line };
	char *word = text + strspn(text, " \t\r\n"), *command;
	size_t len = strcspn(word, " \t\r\n");

	if (*word == '\0' || *word == '#')
		return 0;
	command = word + len + strspn(word + len, " \t\r\n");
	word[len] = '\0';
	command[strcspn(command, "\r\n")] = '\0';
	step.command = command;
	if (reader->has_loop) {
		complain(reader, "nothing can follow `loop`");
		return 0;
	}
	if (!read_time(reader, word, &step.at_us))
		return 0;
	reader->last_us = step.at_us;
	if (strcmp(step.command, "loop") == 0) {
		step.is_loop = reader->has_loop = true;
		if (step.at_us == 0) {
			complain(reader, "a loop must take some time");
			return 0;
		}
	} else if (!tw_sim_cmd_check(net, step.command, &outcome)) {
		complain(reader, outcome.text);
		return 0;
	}
	if (script->n_steps == STEPS_MAX) {
		complain(reader, "the script has too many lines");
		return -E2BIG;
	}
	return add_step(script, &step);
}

int demo_script_load(const char *path, struct tw_sim_net *net, struct demo_script **ret_script)
{
	struct demo_script *script = calloc(1, sizeof(*script));
	struct reader reader = { .path = path };
	FILE *file = NULL;
	char *text = NULL;
	size_t size = 0;
	int r = -ENOMEM;

	if (script == NULL)
		return -ENOMEM;
	file = fopen(path, "re");
	if (file == NULL) {
		r = -errno;
		goto out;
	}
	r = 0;
	while (r == 0 && getline(&text, &size, file) >= 0) {
		reader.line++;
		r = read_line(&reader, script, net, text);
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	if (r == 0 && reader.problems > 0)
		r = 1;
	if (r == 0) {
		*ret_script = script;
		script = NULL;
	}
out:
	free(text);
	if (file != NULL)
		fclose(file);
	demo_script_destroy(script);
	return r;
}

int64_t demo_script_next_us(const struct demo_script *script)
{
	if (script->next == script->n_steps)
		return TW_NEVER;
	return script->base_us + script->steps[script->next].step.at_us;
}

const struct demo_step *demo_script_step(struct demo_script *script, int64_t now_us)
{
	const struct demo_step *step;

	if (demo_script_next_us(script) > now_us)
		return NULL;
	step = &script->steps[script->next++].step;
	if (!step->is_loop)
		return step;
	script->next = 0;
	script->base_us += step->at_us;
	return demo_script_step(script, now_us);
}
