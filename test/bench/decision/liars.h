/* The rows of one strategy of lying nodes: tipwatch with them, compared with the honest rest alone.
 */
#ifndef TW_TEST_LIARS_H
#define TW_TEST_LIARS_H

#include "sim/world/liar.h"
#include "table.h"

void liars_head(void);
/*
 * Runs and prints the rows of a strategy with n nodes: one liar and more, up to a minority, as
 * daemons and as references, in the histories calm and mixed. Of params->row, such as
 * "mixed-1-own", it is only the one with this history, number and role. False when a run failed.
 */
bool liars_run(const struct table_params *params, const struct tw_sim_liar *liar, uint32_t n,
	struct table_sum *ret_sum);

#endif
