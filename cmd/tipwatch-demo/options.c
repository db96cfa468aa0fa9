/* See options.h. */
#include "options.h"
#include "base/num.h"
#include "base/span.h"
#include "sim/cmd/cmd.h"
#include "story.h"
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NODES_DEFAULT = 5,
	HEIGHT_DEFAULT = 1000,
	DIFFICULTY_DEFAULT = 100000,
	BLOCK_TIME_MIN_MS = 10,
	LIST_COLUMNS = 85, /* of the list of dialects, after the word before it */
};

static const char usage_text[] =
	"Usage: tipwatch-demo [OPTION]...\n"
	"\n"
	"A simulated network of daemons: real HTTP servers on loopback that speak the RPC of\n"
	"CryptoNote daemons and go wrong when told to. Runs until SIGTERM or SIGINT.\n"
	"\n"
	"      --nodes N            how many nodes (5)\n"
	"      --names A,B,C        their names (d1,d2,...)\n"
	"      --dialect D[@V],...  what they speak, in turn (turtlecoin-rpc)\n"
	"      --port BASE          the first listens there, the others behind it (free ports)\n"
	"      --peer-port BASE     P2P too, on that port and those behind it (0: free ports)\n"
	"      --block-time TIME    mean time between blocks (5s); 0s: blocks on command only\n"
	"      --fixed              exactly that time, not an exponential one\n"
	"      --delay TIME         each node gets new blocks up to this much later (0s)\n"
	"      --height H           height of the chain at the start (1000)\n"
	"      --seed N             another network, but always the same for the same N (1)\n"
	"      --control PATH       Unix socket for commands\n"
	"      --script FILE        commands at times: lines of TIME COMMAND\n"
	"      --story              a story of faults, told as it happens\n"
	"      --follow PATH        the story asks the tipwatchd at this control socket which\n"
	"                           daemon it uses, and makes that one go wrong\n"
	"      --ports-file FILE    write the names and URLs there once all nodes listen\n"
	"      --json               one JSON object instead of lines NAME=URL\n"
	"      --help               this text\n"
	"      --version            the version\n"
	"\n"
	"Dialects: %s\n"
	"\n"
	"Commands, one a line, on the control socket (each answered by one JSON line) and in\n"
	"scripts (NODES is a name, several with commas between them, or all):\n"
	"\n";

enum option_code {
	OPTION_NODES = 1,
	OPTION_NAMES,
	OPTION_DIALECT,
	OPTION_PORT,
	OPTION_PEER_PORT,
	OPTION_BLOCK_TIME,
	OPTION_FIXED,
	OPTION_DELAY,
	OPTION_HEIGHT,
	OPTION_SEED,
	OPTION_CONTROL,
	OPTION_SCRIPT,
	OPTION_STORY,
	OPTION_FOLLOW,
	OPTION_PORTS_FILE,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "nodes", required_argument, NULL, OPTION_NODES },
	{ "names", required_argument, NULL, OPTION_NAMES },
	{ "dialect", required_argument, NULL, OPTION_DIALECT },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "peer-port", required_argument, NULL, OPTION_PEER_PORT },
	{ "block-time", required_argument, NULL, OPTION_BLOCK_TIME },
	{ "fixed", no_argument, NULL, OPTION_FIXED },
	{ "delay", required_argument, NULL, OPTION_DELAY },
	{ "height", required_argument, NULL, OPTION_HEIGHT },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "control", required_argument, NULL, OPTION_CONTROL },
	{ "script", required_argument, NULL, OPTION_SCRIPT },
	{ "story", no_argument, NULL, OPTION_STORY },
	{ "follow", required_argument, NULL, OPTION_FOLLOW },
	{ "ports-file", required_argument, NULL, OPTION_PORTS_FILE },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int complain(const char *format, ...) TW_PRINTF(1, 2);

static int complain(const char *format, ...)
{
	va_list ap;

	fputs("tipwatch-demo: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return DEMO_OPTIONS_USAGE;
}

static int parse_int(
	const char *option, const char *text, int64_t min, int64_t max, int64_t *ret_value)
{
	if (tw_num_parse(text, strlen(text), min, max, ret_value) < 0)
		return complain("--%s: '%s' is not a whole number from %lld to %lld", option, text,
			(long long)min, (long long)max);
	return DEMO_OPTIONS_RUN;
}

static int parse_duration(const char *option, const char *text, int64_t *ret_us)
{
	if (tw_span_parse(text, ret_us) < 0)
		return complain("--%s: '%s' is not a duration like \"500ms\", \"5s\" or \"1m\"",
			option, text);
	return DEMO_OPTIONS_RUN;
}

static int parse_dialects(struct demo_options *options, char *text)
{
	char list[TW_SIM_VERSION_TEXT_MAX], *rest = NULL;

	options->n_versions = 0;
	for (char *word = strtok_r(text, ",", &rest); word != NULL;
		word = strtok_r(NULL, ",", &rest)) {
		const struct tw_sim_version *version = tw_sim_version_find(word);

		if (version == NULL) {
			tw_sim_version_list(list);
			return complain("--dialect: there is no '%s'; there are %s", word, list);
		}
		if (options->n_versions == DEMO_DIALECTS_MAX)
			return complain("--dialect: at most %d may be given", DEMO_DIALECTS_MAX);
		options->versions[options->n_versions++] = version;
	}
	if (options->n_versions == 0)
		return complain("--dialect: at least one must be given");
	return DEMO_OPTIONS_RUN;
}

static const char *name_problem(const struct demo_options *options, uint32_t n, const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	if (name[0] == '\0' || strlen(name) > TW_NAME_MAX || strspn(name, allowed) != strlen(name))
		return "a name has 1 to 63 letters, digits, dots, hyphens and underscores";
	/* Commands like `fork d1 3` tell names and numbers apart by this. */
	if (strspn(name, "-0123456789") == strlen(name))
		return "a name must not be a number";
	if (strcmp(name, "all") == 0 || strcmp(name, "on") == 0 || strcmp(name, "share") == 0 ||
		strcmp(name, "off") == 0)
		return "this word means something else in commands";
	for (uint32_t i = 0; i < n; i++) {
		if (strcmp(options->names[i], name) == 0)
			return "two nodes must not have the same name";
	}
	return NULL;
}

/* names is a list with commas, or NULL. With n_nodes 0 there are as many nodes as names. */
static int make_names(struct demo_options *options, const char *names)
{
	uint32_t n = 1;

	if (names != NULL) {
		for (const char *c = names; *c != '\0'; c++)
			n += *c == ',';
		if (options->n_nodes != 0 && options->n_nodes != n)
			return complain("--names: %u names for %u nodes", n, options->n_nodes);
		if (n > TW_NODES_MAX)
			return complain("--names: at most %d may be given", TW_NODES_MAX);
		options->n_nodes = n;
	} else if (options->n_nodes == 0)
		options->n_nodes = NODES_DEFAULT;
	options->names = calloc(options->n_nodes, sizeof(*options->names));
	if (options->names == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->n_nodes; i++) {
		size_t len = names == NULL ? 0 : strcspn(names, ",");
		const char *problem;
		char name[256];

		if (names == NULL)
			snprintf(name, sizeof(name), "d%u", i + 1);
		else {
			snprintf(name, sizeof(name), "%.*s", (int)(len > 200 ? 200 : len), names);
			names += len + (names[len] == ',');
		}
		problem = name_problem(options, i, name);
		if (problem != NULL)
			return complain("--names: '%s': %s", name, problem);
		snprintf(options->names[i], sizeof(options->names[i]), "%.*s", TW_NAME_MAX, name);
	}
	return DEMO_OPTIONS_RUN;
}

/* Breaks the list of dialects into lines that fit below the others. */
static void wrap(char *list)
{
	char *start = list, *space = NULL;

	for (char *c = list; *c != '\0'; c++) {
		if (*c == ' ' && c > list && c[-1] == ',')
			space = c;
		if (c - start > LIST_COLUMNS && space != NULL) {
			*space = '\n';
			start = space;
			space = NULL;
		}
	}
}

static int print_help(void)
{
	char list[TW_SIM_VERSION_TEXT_MAX];
	struct tw_buf help;

	tw_buf_init(&help, TW_SIM_CMD_REPLY_MAX);
	tw_sim_cmd_help(&help);
	tw_sim_version_list(list);
	wrap(list);
	printf(usage_text, list);
	fputs(tw_buf_str(&help), stdout);
	tw_buf_finish(&help);
	return DEMO_OPTIONS_DONE;
}

static int parse_option(struct demo_options *options, int option, char *arg, const char **names)
{
	int64_t value = 0;
	int r = DEMO_OPTIONS_RUN;

	switch ((enum option_code)option) {
	case OPTION_NODES:
		r = parse_int("nodes", arg, 1, TW_NODES_MAX, &value);
		options->n_nodes = (uint32_t)value;
		break;
	case OPTION_NAMES:
		*names = arg;
		break;
	case OPTION_DIALECT:
		r = parse_dialects(options, arg);
		break;
	case OPTION_PORT:
		r = parse_int("port", arg, 0, UINT16_MAX, &value);
		options->port = (uint16_t)value;
		break;
	case OPTION_PEER_PORT:
		r = parse_int("peer-port", arg, 0, UINT16_MAX, &value);
		options->has_p2p = true;
		options->p2p_port = (uint16_t)value;
		break;
	case OPTION_BLOCK_TIME:
		r = parse_duration("block-time", arg, &options->net.block_time_us);
		break;
	case OPTION_FIXED:
		options->net.is_fixed = true;
		break;
	case OPTION_DELAY:
		r = parse_duration("delay", arg, &options->delay_us);
		break;
	case OPTION_HEIGHT:
		r = parse_int("height", arg, 0, TW_HEIGHT_MAX / 2, &options->net.chain.base_height);
		break;
	case OPTION_SEED:
		r = parse_int("seed", arg, 0, INT64_MAX, &value);
		options->net.chain.seed = (uint64_t)value;
		break;
	case OPTION_CONTROL:
		options->control_path = arg;
		break;
	case OPTION_SCRIPT:
		options->script_path = arg;
		break;
	case OPTION_STORY:
		options->has_story = true;
		break;
	case OPTION_FOLLOW:
		options->follow_path = arg;
		break;
	case OPTION_PORTS_FILE:
		options->ports_path = arg;
		break;
	case OPTION_JSON:
		options->is_json = true;
		break;
	case OPTION_HELP:
		return print_help();
	case OPTION_VERSION:
		printf("tipwatch-demo %s\n", TW_VERSION);
		return DEMO_OPTIONS_DONE;
	default:
		fputs("Try 'tipwatch-demo --help'.\n", stderr);
		return DEMO_OPTIONS_USAGE;
	}
	return r;
}

static int check_ports(const char *option, uint16_t port, uint32_t n_nodes)
{
	if (port != 0 && port + n_nodes > UINT16_MAX + 1u)
		return complain("--%s: %u nodes do not fit between %u and %u", option, n_nodes,
			port, UINT16_MAX);
	return DEMO_OPTIONS_RUN;
}

static int check(struct demo_options *options)
{
	int64_t block_time_us = options->net.block_time_us;
	int r;

	if (block_time_us != 0 && block_time_us < BLOCK_TIME_MIN_MS * TW_MS)
		return complain("--block-time: at least %dms, or 0s", BLOCK_TIME_MIN_MS);
	r = check_ports("port", options->port, options->n_nodes);
	if (r == DEMO_OPTIONS_RUN)
		r = check_ports("peer-port", options->p2p_port, options->n_nodes);
	if (r != DEMO_OPTIONS_RUN)
		return r;
	if (options->script_path != NULL && options->has_story)
		return complain("--script and --story: only one of them can be played");
	if (options->has_story && options->n_nodes < DEMO_STORY_NODES_MIN)
		return complain("--story: needs at least %d nodes", DEMO_STORY_NODES_MIN);
	if (options->follow_path != NULL && !options->has_story)
		return complain("--follow: only goes with --story");
	if (block_time_us > 0)
		options->net.chain.block_target_us = block_time_us;
	return DEMO_OPTIONS_RUN;
}

int demo_options_parse(int argc, char **argv, struct demo_options *ret_options)
{
	struct demo_options options = {
		.n_versions = 1,
		.net.chain.seed = 1,
		.net.chain.base_height = HEIGHT_DEFAULT,
		.net.chain.difficulty = DIFFICULTY_DEFAULT,
		.net.chain.block_target_us = 30 * TW_SEC,
		.net.block_time_us = 5 * TW_SEC,
	};
	const char *names = NULL;
	int option, r = DEMO_OPTIONS_RUN;

	options.versions[0] = tw_sim_version_find("turtlecoin-rpc");
	while (r == DEMO_OPTIONS_RUN &&
		(option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		r = parse_option(&options, option, optarg, &names);
	if (r == DEMO_OPTIONS_RUN && optind < argc)
		r = complain("'%s' is too much; try 'tipwatch-demo --help'", argv[optind]);
	if (r == DEMO_OPTIONS_RUN)
		r = make_names(&options, names);
	if (r == DEMO_OPTIONS_RUN)
		r = check(&options);
	if (r == DEMO_OPTIONS_RUN)
		*ret_options = options;
	else
		demo_options_finish(&options);
	return r;
}

void demo_options_finish(struct demo_options *options)
{
	free(options->names);
	*options = (struct demo_options){ 0 };
}
