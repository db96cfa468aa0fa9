/* io/vault/ledger: the journal of blocks survives a cut-off line, rubbish, and its own rotation. */
#include "block/record.h"
#include "fixture/compare.h"
#include "io/vault/ledger.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct tw_block_book book;

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tw-ledger-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	tw_block_book_finish(&book);
	(void)snprintf(command, sizeof(command), "rm -r '%s'", dir);
	return system(command) == 0 ? 0 : -1;
}

static struct tw_block *add(int number)
{
	struct tw_block *block;

	assert_int_equal(tw_block_create_empty(&block), 0);
	(void)snprintf(block->id, sizeof(block->id), "%016d", number);
	block->found_ms = block->state_ms = 1000 + number;
	block->blob.heads[0].height = number;
	(void)tw_block_book_add(&book, block);
	return block;
}

static void append(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "a");
	assert_non_null(file);
	assert_that(fputs(text, file), >=, 0);
	assert_int_equal(fclose(file), 0);
}

/* What the next run knows. */
static void reopen(struct tw_ledger *ledger, int64_t max)
{
	tw_ledger_close(ledger);
	tw_block_book_finish(&book);
	assert_int_equal(tw_ledger_open(ledger, dir, max, &book), 0);
}

static void test_last_line_counts(void **state)
{
	struct tw_ledger ledger;
	struct tw_block *block;

	(void)state;
	assert_int_equal(tw_ledger_open(&ledger, dir, TW_LEDGER_MAX, &book), 0);
	block = add(7);
	tw_ledger_put(&ledger, &book, block);
	block->state = TW_BLOCK_BURIED;
	block->is_final = true;
	tw_ledger_put(&ledger, &book, block);
	reopen(&ledger, TW_LEDGER_MAX);
	assert_int_equal(book.n, 1);
	assert_int_equal(book.blocks[0]->state, TW_BLOCK_BURIED);
	tw_ledger_close(&ledger);
}

/* Killed in the middle of a line: the next one is not lost with it. */
static void test_cut_off_line(void **state)
{
	struct tw_ledger ledger;

	(void)state;
	assert_int_equal(tw_ledger_open(&ledger, dir, TW_LEDGER_MAX, &book), 0);
	tw_ledger_put(&ledger, &book, add(1));
	append("blocks.jsonl", "{\"id\":\"00000000000");
	reopen(&ledger, TW_LEDGER_MAX);
	assert_int_equal(book.n, 1);
	tw_ledger_put(&ledger, &book, add(2));
	append("blocks.jsonl", "\nnonsense\n{}\n");
	reopen(&ledger, TW_LEDGER_MAX);
	assert_int_equal(book.n, 2);
	tw_ledger_close(&ledger);
}

static void test_rotation(void **state)
{
	enum { MAX = 20000 };
	char path[128], old[160];
	struct tw_ledger ledger;
	struct stat st;

	(void)state;
	assert_int_equal(tw_ledger_open(&ledger, dir, MAX, &book), 0);
	for (int i = 0; i < 10; i++)
		tw_ledger_put(&ledger, &book, add(i));
	for (int i = 0; i < 500; i++) {
		book.blocks[i % 10]->depth = i;
		tw_ledger_put(&ledger, &book, book.blocks[i % 10]);
	}
	(void)snprintf(path, sizeof(path), "%s/blocks.jsonl", dir);
	(void)snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(stat(path, &st), 0);
	assert_that(st.st_size, <, 2 * MAX);
	assert_int_equal(stat(old, &st), 0);
	reopen(&ledger, MAX);
	assert_int_equal(book.n, 10);
	assert_int_equal(book.blocks[9]->depth, 499);
	/* Killed between the two renames. */
	assert_int_equal(rename(path, old), 0);
	reopen(&ledger, MAX);
	assert_int_equal(book.n, 10);
	tw_ledger_close(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_last_line_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut_off_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rotation, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
