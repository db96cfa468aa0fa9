/* See conf_node.h. */
#include "conf/node.h"
#include "base/file.h"
#include "conf/check.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int tw_conf_make_nodes(struct tw_config *config, uint32_t n)
{
	config->nodes = calloc(n == 0 ? 1 : n, sizeof(*config->nodes));
	if (config->nodes == NULL)
		return -ENOMEM;
	config->n_nodes = n;
	for (uint32_t i = 0; i < n; i++) {
		struct tw_node_conf *node = &config->nodes[i];

		node->user = strdup("");
		node->password = strdup("");
		node->password_file = strdup("");
		node->ca_file = strdup("");
		if (node->user == NULL || node->password == NULL || node->password_file == NULL ||
			node->ca_file == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void complain_missing(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, const char *what)
{
	if (!reader->report->is_incomplete)
		tw_conf_complain_item(reader, entry, "this daemon has no %s", what);
}

static void read_name(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_member(entry, "name");
	char message[TW_CONF_MESSAGE_MAX];
	const char *text;

	if (item == NULL) {
		complain_missing(reader, entry, "name; it needs one, such as name = \"alpha\"");
		return;
	}
	text = tw_conf_get_text(reader, item, tw_conf_key_find(&tw_conf_daemon, "name"));
	if (text == NULL)
		return;
	if (tw_conf_check_name(text, message, sizeof(message)) < 0)
		tw_conf_complain_item(reader, item, "name %s", message);
	else
		memcpy(node->policy.name, text, strlen(text) + 1);
}

static void read_url(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_member(entry, "url");
	char message[TW_CONF_MESSAGE_MAX];
	const char *text;

	if (item == NULL) {
		complain_missing(reader, entry,
			"url; it needs one, such as url = \"http://127.0.0.1:11898\"");
		return;
	}
	text = tw_conf_get_text(reader, item, tw_conf_key_find(&tw_conf_daemon, "url"));
	if (text != NULL && tw_url_parse(text, &node->url, message, sizeof(message)) < 0)
		tw_conf_complain_item(reader, item, "url %s", message);
}

/* Reads a small file that the setting key names. A path without a '/' might be the secret itself,
 * put there by mistake: it is not repeated. */
static int read_named_file(struct tw_conf_reader *reader, const struct tw_conf_item *item,
	const char *key, const char *path, struct tw_buf *out)
{
	bool is_path = strchr(path, '/') != NULL;
	int r = tw_file_read(path, false, out);

	if (r < 0)
		tw_conf_complain_item(reader, item, "%s: cannot read %s%s%s: %s", key,
			is_path ? "\"" : "", is_path ? path : "the file that it names",
			is_path ? "\"" : "",
			r == -EMSGSIZE ? "it is too large for what it should be" : strerror(-r));
	return r;
}

static void read_password(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_member(entry, "password_file");
	struct tw_buf buf;
	char *copy;
	size_t len;

	tw_buf_init(&buf, TW_CONF_PASSWORD_MAX);
	if (read_named_file(reader, item, "password_file", node->password_file, &buf) < 0)
		goto out;
	len = buf.len;
	if (len > 0 && buf.data[len - 1] == '\n')
		len--;
	if (len > 0 && buf.data[len - 1] == '\r')
		len--;
	if (len == 0) {
		tw_conf_complain_item(reader, item,
			"password_file: the file is empty; it must hold the password in one "
			"line");
		goto out;
	}
	if (memchr(buf.data, '\n', len) != NULL || memchr(buf.data, '\0', len) != NULL) {
		tw_conf_complain_item(reader, item,
			"password_file: the file must hold the password in one line and nothing "
			"else");
		goto out;
	}
	copy = strndup(buf.data, len);
	if (copy == NULL) {
		reader->report->error = -ENOMEM;
		goto out;
	}
	free(node->password);
	node->password = copy;
out:
	if (buf.data != NULL)
		explicit_bzero(buf.data, buf.size);
	tw_buf_finish(&buf);
}

static void check_credentials(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *user = tw_conf_member(entry, "user");
	const struct tw_conf_item *file = tw_conf_member(entry, "password_file");

	if (node->password_file[0] != '\0')
		read_password(reader, entry, node);
	if (reader->report->is_incomplete)
		return;
	if (user != NULL && node->user[0] != '\0' &&
		(file == NULL || (tw_conf_item_type(file) == TW_CONF_IS_TEXT &&
					 node->password_file[0] == '\0')))
		tw_conf_complain_item(reader, user,
			"user needs password_file beside it, a file that holds the password");
	if (file != NULL && node->password_file[0] != '\0' &&
		(user == NULL || (tw_conf_item_type(user) == TW_CONF_IS_TEXT &&
					 tw_conf_item_text(user)[0] == '\0')))
		tw_conf_complain_item(reader, file, "password_file needs user beside it");
}

static void check_ca_file(struct tw_conf_reader *reader, const struct tw_conf_item *entry,
	const struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_member(entry, "ca_file");
	static const char begin[] = "-----BEGIN";
	struct tw_buf buf;

	if (node->ca_file[0] == '\0')
		return;
	if (node->url.text[0] != '\0' && !node->url.is_tls)
		tw_conf_complain_item(reader, item,
			"ca_file is only for https; the url of this daemon begins with http://");
	tw_buf_init(&buf, TW_CONF_CA_FILE_MAX);
	if (read_named_file(reader, item, "ca_file", node->ca_file, &buf) == 0 &&
		(buf.len == 0 || memmem(buf.data, buf.len, begin, sizeof(begin) - 1) == NULL))
		tw_conf_complain_item(reader, item,
			"ca_file: \"%s\" holds no certificate in PEM form (-----BEGIN "
			"CERTIFICATE-----)",
			node->ca_file);
	tw_buf_finish(&buf);
}

static void read_node(
	struct tw_conf_reader *reader, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	tw_conf_get_section(reader, entry, &tw_conf_daemon, node);
	if (tw_conf_item_type(entry) != TW_CONF_IS_GROUP)
		return;
	node->has_own_dialect = tw_conf_member(entry, "dialect") != NULL;
	read_name(reader, entry, node);
	read_url(reader, entry, node);
	check_credentials(reader, entry, node);
	check_ca_file(reader, entry, node);
}

/* Whether there is a list of nodes at all. */
static bool check_list(struct tw_conf_reader *reader, const struct tw_conf_item *list)
{
	static const char as[] =
		"daemons = ( { name = \"alpha\"; url = \"http://127.0.0.1:11898\"; } );";

	if (list == NULL) {
		if (!reader->report->is_incomplete)
			tw_conf_complain(reader->report, (struct tw_conf_place){ .line = 1 },
				"there is no daemon; at least one is needed: %s", as);
		return false;
	}
	if (tw_conf_item_type(list) != TW_CONF_IS_LIST) {
		tw_conf_complain_item(
			reader, list, "daemons must be a list in round brackets: %s", as);
		return false;
	}
	if (tw_conf_n_entries(list) == 0 && !reader->report->is_incomplete)
		tw_conf_complain_item(reader, list,
			"there is no daemon in the list; at least one is needed: %s", as);
	return true;
}

static void check_roles(struct tw_conf_reader *reader, const struct tw_conf_item *list,
	const struct tw_config *config)
{
	if (config->n_nodes == 0 || reader->report->is_incomplete)
		return;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (config->nodes[i].policy.role == TW_ROLE_DAEMON)
			return;
	}
	tw_conf_complain_item(reader, list,
		"there is no daemon, only references; at least one node needs role = \"daemon\"");
}

int tw_conf_read_nodes(struct tw_conf_reader *reader, struct tw_config *config,
	const struct tw_conf_item ***ret_items)
{
	const struct tw_conf_item *list = tw_conf_member(tw_conf_root(reader->doc), "daemons");
	const struct tw_conf_item **items;
	uint32_t n = 0;
	int r;

	if (check_list(reader, list))
		n = tw_conf_n_entries(list);
	if (n > TW_NODES_MAX) {
		tw_conf_complain_item(reader, tw_conf_entry(list, TW_NODES_MAX),
			"at most %d nodes are allowed; there are %u", TW_NODES_MAX, n);
		reader->report->is_incomplete = true;
		n = TW_NODES_MAX;
	}
	items = calloc(n == 0 ? 1 : n, sizeof(struct tw_conf_item *));
	if (items == NULL)
		return -ENOMEM;
	r = tw_conf_make_nodes(config, n);
	if (r < 0) {
		free(items);
		return r;
	}
	for (uint32_t i = 0; i < n; i++) {
		items[i] = tw_conf_entry(list, i);
		read_node(reader, items[i], &config->nodes[i]);
	}
	check_roles(reader, list, config);
	*ret_items = items;
	return 0;
}

int tw_conf_finish_nodes(struct tw_config *config)
{
	struct tw_node_policy *first = NULL;
	bool has_primary = false;

	config->node_policies = calloc(config->n_nodes, sizeof(*config->node_policies));
	if (config->node_policies == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		struct tw_node_conf *node = &config->nodes[i];

		if (!node->has_own_dialect)
			node->dialect = config->dialect;
		if (first == NULL && node->policy.role == TW_ROLE_DAEMON)
			first = &node->policy;
		has_primary = has_primary || node->policy.is_primary;
	}
	if (!has_primary && first != NULL)
		first->is_primary = true;
	for (uint32_t i = 0; i < config->n_nodes; i++)
		config->node_policies[i] = config->nodes[i].policy;
	if (config->policy.min_working > config->n_nodes)
		config->policy.min_working = config->n_nodes;
	return 0;
}
