/* Runs tasks in several processes, so that one that crashes takes nothing with it but itself. */
#ifndef TW_TEST_JOBS_H
#define TW_TEST_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed memory that the processes share, for what the tasks find out. NULL: there is none. */
void *jobs_alloc(size_t size);
void jobs_free(void *memory, size_t size);
/*
 * Runs the tasks from first to first + n_tasks - 1, each once, in n_jobs processes; in this one
 * when n_jobs is 1. Which of them were done the tasks write down themselves. False when a process
 * could not be started or did not end as it should.
 */
bool jobs_run(uint32_t n_jobs, uint32_t first, uint32_t n_tasks,
	void (*run)(void *ctx, uint32_t task), void *ctx);

#endif
