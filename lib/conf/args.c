/* See args.h. */
#include "conf/args.h"
#include "conf/check.h"
#include "conf/config.h"
#include "conf/node.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the URL begins: after "NAME=". A '=' after ':', '/' or '@' belongs to the URL, perhaps to a
 * password in it, which no message may repeat as a name. */
static const char *split(const char *argument, size_t *ret_name_len)
{
	size_t len = strcspn(argument, "=:/@");

	*ret_name_len = len;
	return argument[len] == '=' ? argument + len + 1 : argument;
}

static void read_argument(
	uint32_t i, const char *argument, struct tw_node_conf *node, struct tw_buf *errors)
{
	char message[TW_CONF_MESSAGE_MAX], name[TW_NAME_MAX + 2];
	size_t len;
	const char *url = split(argument, &len);

	if (url == argument)
		snprintf(name, sizeof(name), "d%u", i + 1);
	else
		snprintf(name, sizeof(name), "%.*s", (int)len, argument);
	if (tw_conf_check_name(name, message, sizeof(message)) < 0)
		tw_buf_printf(errors, "argument %u: the name before '=' %s\n", i + 1, message);
	else
		memcpy(node->policy.name, name, strlen(name) + 1);
	if (tw_url_parse(url, &node->url, message, sizeof(message)) < 0)
		tw_buf_printf(errors, "argument %u: the URL %s\n", i + 1, message);
}

static void check_twins(const struct tw_config *config, struct tw_buf *errors)
{
	for (uint32_t i = 1; i < config->n_nodes; i++) {
		uint32_t name = tw_conf_node_find_twin(config, i, false);
		uint32_t url = tw_conf_node_find_twin(config, i, true);

		if (name < i)
			tw_buf_printf(errors,
				"argument %u: the name \"%s\" is taken by argument %u; names must "
				"differ\n",
				i + 1, config->nodes[i].policy.name, name + 1);
		if (url < i)
			tw_buf_printf(errors,
				"argument %u: this URL is the same daemon as argument %u (%s); "
				"each may be there once\n",
				i + 1, url + 1, config->nodes[i].url.text);
	}
}

int tw_conf_args_load(uint32_t n, char *const *arguments, const struct tw_conf_defaults *defaults,
	struct tw_buf *errors, struct tw_config **ret_config)
{
	struct tw_config *config;
	size_t start = errors->len;
	char message[TW_CONF_MESSAGE_MAX];
	int r;

	if (n == 0 || n > TW_NODES_MAX) {
		tw_buf_printf(errors, "argument %u: between 1 and %d URLs are allowed\n",
			n == 0 ? 1 : TW_NODES_MAX + 1, TW_NODES_MAX);
		return errors->error == -ENOMEM ? -ENOMEM : TW_CONFIG_WRONG;
	}
	r = tw_config_create(defaults, &config);
	if (r < 0)
		return r;
	r = tw_conf_node_make(config, n);
	if (r == 0)
		r = tw_url_parse_listen(
			config->http_listen, &config->http, message, sizeof(message));
	if (r < 0)
		goto fail;
	for (uint32_t i = 0; i < n; i++)
		read_argument(i, arguments[i], &config->nodes[i], errors);
	check_twins(config, errors);
	if (errors->error == -ENOMEM)
		r = -ENOMEM;
	else if (errors->len > start || errors->error < 0)
		r = TW_CONFIG_WRONG;
	else
		r = tw_conf_node_settle(config);
	if (r != 0)
		goto fail;
	*ret_config = config;
	return 0;
fail:
	tw_config_destroy(config);
	return r;
}
