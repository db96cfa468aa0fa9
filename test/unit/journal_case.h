/* Three nodes and a reader, for the tests of the journal. */
#ifndef TEST_JOURNAL_CASE_H
#define TEST_JOURNAL_CASE_H

#include "core/policy.h"
#include "wire/journal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NODES = 3 };

struct fixture {
	struct tw_journal_reader *reader;
	struct tw_node_policy nodes[NODES];
	struct tw_core_config config;
	struct tw_buf line;
	struct tw_journal_record record;
};

static inline int setup(void **state)
{
	static const char *const names[NODES] = { "alpha", "beta", "seed" };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(tw_journal_reader_create(&f->reader), 0);
	tw_policy_init(&f->config.policy);
	for (int i = 0; i < NODES; i++)
		(void)snprintf(f->nodes[i].name, sizeof(f->nodes[i].name), "%s", names[i]);
	f->nodes[1].is_primary = true;
	f->nodes[2].role = TW_ROLE_REFERENCE;
	f->config.n_nodes = NODES;
	f->config.nodes = f->nodes;
	tw_buf_init(&f->line, TW_JOURNAL_LINE_MAX);
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	tw_journal_reader_destroy(f->reader);
	tw_buf_finish(&f->line);
	free(f);
	return 0;
}

static inline int read_text(struct fixture *f, const char *text)
{
	return tw_journal_read(f->reader, &f->config, text, strlen(text), &f->record);
}

#define HASH        "\"00000000000000000000000000000000000000000000000000000000000000aa\""
#define OTHER       "\"00000000000000000000000000000000000000000000000000000000000000bb\""
#define CHECK(rest) "{\"t\":1,\"node\":\"alpha\",\"result\":\"ok\"," rest "}"

#endif
