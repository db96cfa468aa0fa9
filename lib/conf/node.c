/* See node.h. */
#include "conf/node.h"
#include "base/file.h"
#include "conf/get.h"
#include "conf/value.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MAX = 1024, PEM_FILE_MAX = 1 << 22 };

int tw_conf_node_make(struct tw_config *config, uint32_t n)
{
	config->nodes = calloc(n == 0 ? 1 : n, sizeof(*config->nodes));
	if (config->nodes == NULL)
		return -ENOMEM;
	config->n_nodes = n;
	for (uint32_t i = 0; i < n; i++) {
		struct tw_node_conf *node = &config->nodes[i];

		int r = tw_conf_value_set_defaults(&tw_conf_daemon, node);

		if (r < 0)
			return r;
		node->password = strdup("");
		if (node->password == NULL)
			return -ENOMEM;
	}
	return 0;
}

static void check_given(struct tw_conf_doc *doc, const struct tw_conf_item *entry, const char *key,
	const char *example)
{
	if (tw_conf_doc_member(entry, key) == NULL && !tw_conf_doc_report(doc)->is_incomplete)
		tw_conf_doc_complain(doc, entry, "this daemon has no %s; it needs one, such as %s",
			key, example);
}

/* Reads a small file that the setting key names. A path without a '/' is not repeated in a message:
 * by mistake it may be the secret itself. */
static int read_named_file(struct tw_conf_doc *doc, const struct tw_conf_item *item,
	const char *key, const char *path, struct tw_buf *out)
{
	bool is_path = strchr(path, '/') != NULL;
	int r = tw_file_read(path, false, out);

	if (r < 0)
		tw_conf_doc_complain(doc, item, "%s: cannot read %s%s%s: %s", key,
			is_path ? "\"" : "", is_path ? path : "the file that it names",
			is_path ? "\"" : "",
			r == -EMSGSIZE ? "it is too large for what it should be" : strerror(-r));
	return r;
}

static void read_password(
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_doc_member(entry, "password_file");
	struct tw_buf buf;
	char *copy;
	size_t len;

	tw_buf_init(&buf, PASSWORD_MAX);
	if (read_named_file(doc, item, "password_file", node->password_file, &buf) < 0)
		goto out;
	len = buf.len;
	if (len > 0 && buf.data[len - 1] == '\n')
		len--;
	if (len > 0 && buf.data[len - 1] == '\r')
		len--;
	if (len == 0) {
		tw_conf_doc_complain(doc, item,
			"password_file: the file is empty; it must hold the password in one "
			"line");
		goto out;
	}
	if (memchr(buf.data, '\n', len) != NULL || memchr(buf.data, '\0', len) != NULL) {
		tw_conf_doc_complain(doc, item,
			"password_file: the file must hold the password in one line and nothing "
			"else");
		goto out;
	}
	copy = strndup(buf.data, len);
	if (copy == NULL) {
		tw_conf_doc_report(doc)->error = -ENOMEM;
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
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	const struct tw_conf_item *user = tw_conf_doc_member(entry, "user");
	const struct tw_conf_item *file = tw_conf_doc_member(entry, "password_file");

	if (node->password_file[0] != '\0')
		read_password(doc, entry, node);
	if (tw_conf_doc_report(doc)->is_incomplete)
		return;
	if (user != NULL && node->user[0] != '\0' &&
		(file == NULL || (tw_conf_doc_type(file) == TW_CONF_IS_TEXT &&
					 node->password_file[0] == '\0')))
		tw_conf_doc_complain(doc, user,
			"user needs password_file beside it, a file that holds the password");
	if (file != NULL && node->password_file[0] != '\0' &&
		(user == NULL || (tw_conf_doc_type(user) == TW_CONF_IS_TEXT &&
					 tw_conf_doc_text(user)[0] == '\0')))
		tw_conf_doc_complain(doc, file, "password_file needs user beside it");
}

static bool holds(const struct tw_buf *buf, const char *what)
{
	return buf->len > 0 && memmem(buf->data, buf->len, what, strlen(what)) != NULL;
}

/* The file that the setting key names must be readable, and hold a certificate or a key. */
static void check_pem(struct tw_conf_doc *doc, const struct tw_conf_item *item, const char *key,
	const char *path, bool is_key)
{
	const char *end = is_key ? "PRIVATE KEY-----" : "CERTIFICATE-----";
	struct tw_buf buf;
	int r;

	tw_buf_init(&buf, PEM_FILE_MAX);
	r = read_named_file(doc, item, key, path, &buf);
	if (r == 0 && !holds(&buf, end))
		tw_conf_doc_complain(doc, item,
			"%s: \"%s\" holds no %s in PEM form (-----BEGIN %s)", key, path,
			is_key ? "private key" : "certificate", end);
	else if (r == 0 && is_key && holds(&buf, "ENCRYPTED"))
		tw_conf_doc_complain(doc, item,
			"%s: the key in \"%s\" has a passphrase, and nobody could enter it; remove "
			"it: openssl pkey -in OLD -out NEW",
			key, path);
	if (buf.data != NULL)
		explicit_bzero(buf.data, buf.size);
	tw_buf_finish(&buf);
}

static void check_https(struct tw_conf_doc *doc, const struct tw_conf_item *item, const char *key,
	const struct tw_node_conf *node)
{
	if (node->url.text[0] != '\0' && !node->url.is_tls)
		tw_conf_doc_complain(doc, item,
			"%s is only for https; the url of this daemon begins with http://", key);
}

static void check_ca_file(
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, const struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_doc_member(entry, "ca_file");

	if (node->ca_file[0] == '\0')
		return;
	check_https(doc, item, "ca_file", node);
	check_pem(doc, item, "ca_file", node->ca_file, false);
}

/* tls_cert and tls_key, with which tipwatchd shows who it is. */
static void check_client(
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, const struct tw_node_conf *node)
{
	const struct tw_conf_item *cert = tw_conf_doc_member(entry, "tls_cert");
	const struct tw_conf_item *key = tw_conf_doc_member(entry, "tls_key");

	if (node->tls_cert[0] != '\0') {
		check_https(doc, cert, "tls_cert", node);
		check_pem(doc, cert, "tls_cert", node->tls_cert, false);
		if (node->tls_key[0] == '\0')
			tw_conf_doc_complain(doc, cert,
				"tls_cert needs tls_key beside it, the file that holds its "
				"private key");
	}
	if (node->tls_key[0] == '\0')
		return;
	if (node->tls_cert[0] == '\0')
		tw_conf_doc_complain(doc, key, "tls_key needs tls_cert beside it");
	check_pem(doc, key, "tls_key", node->tls_key, true);
}

static void check_fingerprint(
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, const struct tw_node_conf *node)
{
	const struct tw_conf_item *item = tw_conf_doc_member(entry, "tls_fingerprint");

	if (node->tls_fingerprint[0] == '\0')
		return;
	check_https(doc, item, "tls_fingerprint", node);
	if (node->ca_file[0] != '\0')
		tw_conf_doc_complain(doc, item,
			"tls_fingerprint and ca_file exclude each other: with a fingerprint no "
			"authority is asked");
}

static void read_node(
	struct tw_conf_doc *doc, const struct tw_conf_item *entry, struct tw_node_conf *node)
{
	tw_conf_get_section(doc, entry, &tw_conf_daemon, node);
	if (tw_conf_doc_type(entry) != TW_CONF_IS_GROUP)
		return;
	node->has_own_dialect = tw_conf_doc_member(entry, "dialect") != NULL;
	check_given(doc, entry, "name", "name = \"alpha\"");
	check_given(doc, entry, "url", "url = \"http://127.0.0.1:11898\"");
	check_credentials(doc, entry, node);
	check_ca_file(doc, entry, node);
	check_fingerprint(doc, entry, node);
	check_client(doc, entry, node);
}

/* Returns whether there is a list of nodes; complains when there is none, or nothing in it. */
static bool check_list(struct tw_conf_doc *doc, const struct tw_conf_item *list)
{
	static const char as[] =
		"daemons = ( { name = \"alpha\"; url = \"http://127.0.0.1:11898\"; } );";

	if (list == NULL) {
		if (!tw_conf_doc_report(doc)->is_incomplete)
			tw_conf_report_complain(tw_conf_doc_report(doc),
				(struct tw_conf_place){ .line = 1 },
				"there is no daemon; at least one is needed: %s", as);
		return false;
	}
	if (tw_conf_doc_type(list) != TW_CONF_IS_LIST) {
		tw_conf_doc_complain(doc, list, "daemons must be a list in round brackets: %s", as);
		return false;
	}
	if (tw_conf_doc_n_entries(list) == 0 && !tw_conf_doc_report(doc)->is_incomplete)
		tw_conf_doc_complain(doc, list,
			"there is no daemon in the list; at least one is needed: %s", as);
	return true;
}

static void check_roles(
	struct tw_conf_doc *doc, const struct tw_conf_item *list, const struct tw_config *config)
{
	if (config->n_nodes == 0 || tw_conf_doc_report(doc)->is_incomplete)
		return;
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (config->nodes[i].policy.role == TW_ROLE_DAEMON)
			return;
	}
	tw_conf_doc_complain(doc, list,
		"there is no daemon, only references; at least one node needs role = \"daemon\"");
}

int tw_conf_node_read_all(
	struct tw_conf_doc *doc, struct tw_config *config, const struct tw_conf_item ***ret_items)
{
	const struct tw_conf_item *list = tw_conf_doc_member(tw_conf_doc_root(doc), "daemons");
	const struct tw_conf_item **items;
	uint32_t n = 0;
	int r;

	if (check_list(doc, list))
		n = tw_conf_doc_n_entries(list);
	if (n > TW_NODES_MAX) {
		tw_conf_doc_complain(doc, tw_conf_doc_entry(list, TW_NODES_MAX),
			"at most %d nodes are allowed; there are %u", TW_NODES_MAX, n);
		tw_conf_doc_report(doc)->is_incomplete = true;
		n = TW_NODES_MAX;
	}
	items = calloc(n == 0 ? 1 : n, sizeof(struct tw_conf_item *));
	if (items == NULL)
		return -ENOMEM;
	r = tw_conf_node_make(config, n);
	if (r < 0) {
		free(items);
		return r;
	}
	for (uint32_t i = 0; i < n; i++) {
		items[i] = tw_conf_doc_entry(list, i);
		read_node(doc, items[i], &config->nodes[i]);
	}
	check_roles(doc, list, config);
	*ret_items = items;
	return 0;
}

uint32_t tw_conf_node_find_twin(const struct tw_config *config, uint32_t i, bool is_url)
{
	const struct tw_node_conf *nodes = config->nodes;
	const char *text = is_url ? nodes[i].url.text : nodes[i].policy.name;

	for (uint32_t j = 0; j < i && text[0] != '\0'; j++) {
		if (strcmp(is_url ? nodes[j].url.text : nodes[j].policy.name, text) == 0)
			return j;
	}
	return i;
}

int tw_conf_node_settle(struct tw_config *config)
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
