/* Which nodes are looked at (agenda.h), against a plain list of marks and times. */
#include "core/agenda.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct tw_agenda agenda;

static void test_all_are_marked_first(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 130; n++) {
		tw_agenda_init(&agenda, n);
		assert_int_equal(tw_agenda_due(&agenda), TW_NEVER);
		for (int32_t i = 0; i < (int32_t)n; i++)
			assert_int_equal(tw_agenda_take(&agenda, i), i);
		assert_int_equal(tw_agenda_take(&agenda, 0), TW_NODE_NONE);
	}
}

static void test_marked_while_looking(void **state)
{
	(void)state;
	tw_agenda_init(&agenda, 70);
	assert_int_equal(tw_agenda_take(&agenda, 0), 0);
	assert_int_equal(tw_agenda_take(&agenda, 69), 69);
	/* It is looked at again in the next step, and not in this one. */
	tw_agenda_mark(&agenda, 69);
	assert_int_equal(tw_agenda_take(&agenda, 70), TW_NODE_NONE);
	assert_int_equal(tw_agenda_take(&agenda, 69), 69);
}

/* One round: what is marked or due comes, lowest first, and nothing else. */
static void look(uint32_t n, bool *is_marked, int64_t *due_us, int64_t now)
{
	int64_t first_us = TW_NEVER;
	int32_t from = 0;

	tw_agenda_begin(&agenda, now);
	for (int32_t i = 0; i < (int32_t)n; i++) {
		if (!is_marked[i] && due_us[i] > now)
			continue;
		assert_int_equal(tw_agenda_take(&agenda, from), i);
		from = i + 1;
		is_marked[i] = false;
		due_us[i] = rand() % 3 == 0 ? TW_NEVER : now + 1 + rand() % 50;
		tw_agenda_set(&agenda, i, due_us[i]);
	}
	assert_int_equal(tw_agenda_take(&agenda, from), TW_NODE_NONE);
	for (uint32_t i = 0; i < n; i++)
		first_us = due_us[i] < first_us ? due_us[i] : first_us;
	assert_int_equal(tw_agenda_due(&agenda), first_us);
}

static void test_as_a_plain_list(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 5, 63, 64, 65, 200, TW_NODES_MAX };
	static bool is_marked[TW_NODES_MAX];
	static int64_t due_us[TW_NODES_MAX];

	(void)state;
	srand(1);
	for (size_t s = 0; s < TW_ARRAY_SIZE(sizes); s++) {
		uint32_t n = sizes[s];

		tw_agenda_init(&agenda, n);
		for (uint32_t i = 0; i < n; i++) {
			is_marked[i] = true;
			due_us[i] = TW_NEVER;
		}
		for (int64_t now = 0; now < 300; now++) {
			for (int k = rand() % 4; k > 0; k--) {
				int32_t node = (int32_t)((uint32_t)rand() % n);

				tw_agenda_mark(&agenda, node);
				is_marked[node] = true;
			}
			look(n, is_marked, due_us, now);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_marked_first),
		cmocka_unit_test(test_marked_while_looking),
		cmocka_unit_test(test_as_a_plain_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
