/* See jobs.h. */
#include "jobs.h"
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

void *jobs_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void jobs_free(void *memory, size_t size)
{
	if (memory != NULL)
		(void)munmap(memory, size);
}

static bool wait_for_all(uint32_t n)
{
	bool is_good = true;
	int status;

	for (uint32_t i = 0; i < n; i++) {
		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			is_good = false;
	}
	return is_good;
}

bool jobs_run(uint32_t n_jobs, uint32_t first, uint32_t n_tasks,
	void (*run)(void *ctx, uint32_t task), void *ctx)
{
	_Atomic uint32_t *n_taken;
	uint32_t n_started = 0;
	bool is_good;

	if (n_jobs > n_tasks)
		n_jobs = n_tasks;
	if (n_jobs <= 1) {
		for (uint32_t i = 0; i < n_tasks; i++)
			run(ctx, first + i);
		return true;
	}
	n_taken = jobs_alloc(sizeof(*n_taken));
	if (n_taken == NULL)
		return false;
	/* What is in the buffer must not be written by each of them. */
	fflush(NULL);
	for (; n_started < n_jobs; n_started++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid > 0)
			continue;
		for (uint32_t i; (i = (*n_taken)++) < n_tasks;)
			run(ctx, first + i);
		fflush(NULL);
		_exit(0);
	}
	is_good = wait_for_all(n_started) && n_started == n_jobs;
	jobs_free(n_taken, sizeof(*n_taken));
	return is_good;
}
