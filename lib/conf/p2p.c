/* See p2p.h. */
#include "conf/p2p.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static bool is_private_v4(const struct in_addr *address)
{
	uint32_t bits = ntohl(address->s_addr);

	return bits >> 24 == 127 || bits >> 24 == 10 || bits >> 20 == (172 << 4 | 1) ||
	       bits >> 16 == (192 << 8 | 168);
}

static bool is_private_v6(const struct in6_addr *address)
{
	return IN6_IS_ADDR_LOOPBACK(address) || (address->s6_addr[0] & 0xfe) == 0xfc;
}

/* Whether the host is this machine or has a private address. A name must be looked up to know. */
static bool is_near(const char *host)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return is_private_v4(&v4);
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return is_private_v6(&v6);
	return strcmp(host, "localhost") == 0;
}

static bool is_alone(const struct tw_config *config, uint32_t node)
{
	for (uint32_t i = 0; i < config->n_nodes; i++) {
		if (i != node &&
			strcmp(config->nodes[i].url.host, config->nodes[node].url.host) == 0)
			return false;
	}
	return true;
}

bool tw_conf_p2p_target(const struct tw_config *config, uint32_t node,
	char ret_host[TW_HOST_MAX + 1], uint16_t *ret_port)
{
	const struct tw_node_conf *conf = &config->nodes[node];
	const char *host = conf->url.host;
	struct tw_listen given = { 0 };
	char message[256];

	if (conf->p2p[0] == '\0' &&
		(config->p2p_mode == TW_P2P_MODE_OFF || conf->proxy[0] != '\0' || !is_near(host) ||
			!is_alone(config, node)))
		return false;
	if (strcmp(conf->p2p, "off") == 0)
		return false;
	if (conf->p2p[0] != '\0' && strcmp(conf->p2p, "auto") != 0) {
		if (tw_url_parse_listen(conf->p2p, &given, message, sizeof(message)) < 0)
			return false;
		host = given.host;
	}
	memcpy(ret_host, host, strlen(host) + 1);
	*ret_port = given.port;
	return true;
}

int tw_conf_p2p_parse_id(const char *text, uint8_t ret_id[TW_P2P_COIN_NETWORK_ID])
{
	uint8_t id[TW_P2P_COIN_NETWORK_ID];

	if (strlen(text) != 2 * sizeof(id))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(id); i++) {
		int high = tw_hash_hex_digit(text[2 * i]), low = tw_hash_hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		id[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(ret_id, id, sizeof(id));
	return 0;
}

const struct tw_p2p_coin *tw_conf_p2p_coin(const struct tw_config *config, enum tw_dialect dialect)
{
	const struct tw_p2p_coin *coin = tw_p2p_coin_of(dialect);

	return coin != NULL && coin->port == 0 && config->p2p_network_id[0] == '\0' ? NULL : coin;
}

void tw_conf_p2p_network_id(const struct tw_config *config, const struct tw_p2p_coin *coin,
	uint8_t ret_id[TW_P2P_COIN_NETWORK_ID])
{
	if (tw_conf_p2p_parse_id(config->p2p_network_id, ret_id) < 0)
		memcpy(ret_id, coin->network_id, TW_P2P_COIN_NETWORK_ID);
}

int tw_conf_p2p_next_seed(const char **text, struct tw_p2p_address *ret_seed)
{
	const char *from = *text + strspn(*text, " \t\n");
	size_t len = strcspn(from, " \t\n");

	*text = from + len;
	if (len == 0)
		return 0;
	return tw_p2p_address_parse(from, len, ret_seed) < 0 ? -EINVAL : 1;
}
