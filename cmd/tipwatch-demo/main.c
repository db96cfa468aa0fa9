/* tipwatch-demo: a simulated network of daemons. */
#include "demo.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct demo_options options;
	struct demo demo;
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
	/* Who reads the story may stop reading; the network goes on. */
	(void)signal(SIGPIPE, SIG_IGN);
	r = demo_start(&demo, &options);
	status = r > 0 ? 2 : 1;
	if (r == 0 && tw_loop_run(demo.loop) == 0 && !demo.is_failed)
		status = 0;
	demo_finish(&demo);
	demo_options_finish(&options);
	return status;
}
