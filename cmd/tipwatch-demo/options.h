/* The command line of tipwatch-demo. */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include "sim/net/net.h"

enum { DEMO_DIALECTS_MAX = 64 };

struct demo_options {
	uint32_t n_nodes;
	char (*names)[TW_NAME_MAX + 1]; /* n_nodes, owned */
	const struct tw_sim_version *versions[DEMO_DIALECTS_MAX];
	size_t n_versions; /* the nodes take them in turn */
	uint16_t port;     /* of the first node; 0: free ones */
	bool has_p2p;
	uint16_t p2p_port; /* likewise */
	struct tw_sim_net_params net;
	int64_t delay_us; /* new blocks arrive up to this much late */
	const char *control_path;
	const char *script_path;
	const char *ports_path;
	const char *follow_path; /* control socket of a tipwatchd: the story asks it which daemon it
				    uses */
	bool has_story;
	bool is_json;
};

enum demo_options_outcome {
	DEMO_OPTIONS_RUN,
	DEMO_OPTIONS_DONE,  /* --help, --version: printed */
	DEMO_OPTIONS_USAGE, /* wrong; the message is on stderr */
};

/* Returns an outcome or -ENOMEM. */
int demo_options_parse(int argc, char **argv, struct demo_options *ret_options);
void demo_options_finish(struct demo_options *options);

#endif
