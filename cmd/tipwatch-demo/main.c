/* tipwatch-demo: a simulated network of daemons. */
#include "run.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct demo_options options;
	struct demo_run run;
	int r, status;

	r = demo_options_parse(argc, argv, &options);
	if (r == DEMO_OPTIONS_DONE)
		return 0;
	if (r == DEMO_OPTIONS_USAGE)
		return 2;
	if (r < 0) {
		fprintf(stderr, "tipwatch-demo: %s\n", strerror(-r));
		return 1;
	}
	/* When the reader of the story stops reading, the network goes on. */
	signal(SIGPIPE, SIG_IGN);
	r = demo_run_start(&run, &options);
	status = r > 0 ? 2 : 1;
	if (r == 0 && tw_loop_run(run.loop) == 0 && !run.is_failed)
		status = 0;
	demo_run_finish(&run);
	demo_options_finish(&options);
	return status;
}
