/* See coin.h. */
#include "p2p/coin.h"
#include "base/num.h"
#include <string.h>

/* As the daemons have them. */
static const char *const monero_seeds[] = { "176.9.0.187:18080", "88.198.163.90:18080",
	"66.85.74.134:18080", "51.79.173.165:18080", "192.99.8.110:18080", "37.187.74.171:18080",
	"77.172.183.193:18080", NULL };
static const char *const turtlecoin_seeds[] = { "206.189.142.142:11897", "145.239.88.119:11999",
	"142.44.242.106:11897", "165.227.252.132:11897", NULL };

static const struct tw_p2p_coin monero = {
	.port = 18080,
	.network_id = { 0x12, 0x30, 0xf1, 0x71, 0x61, 0x04, 0x41, 0x61, 0x17, 0x31, 0x00, 0x82,
		0x16, 0xa1, 0xa1, 0x10 },
	.pushes = { 2008, 2001 },
	.peer_list = "local_peerlist_new",
	.seeds = monero_seeds,
};

static const struct tw_p2p_coin turtlecoin = {
	.port = 11897,
	.network_id = { 0xb5, 0x0c, 0x4a, 0x6c, 0xcf, 0x52, 0x57, 0x41, 0x65, 0xf9, 0x91, 0xa4,
		0xb6, 0xc1, 0x43, 0xe9 },
	.pushes = { 2001, 2009 },
	.peer_list = "local_peerlist",
	.seeds = turtlecoin_seeds,
	.has_version = true,
};

static const char *const no_seeds[] = { NULL };

/* The coins that descend from the same sources as TurtleCoin, each with an id and a port of its
 * own. */
static const struct tw_p2p_coin cryptonote = {
	.pushes = { 2001, 2009 },
	.peer_list = "local_peerlist",
	.seeds = no_seeds,
	.has_version = true,
};

/* Which version of the protocol TurtleCoind speaks from a version of its own on, newest first. */
static const struct {
	int64_t major, minor;
	uint8_t version;
} versions[] = {
	{ 1, 0, 13 },
	{ 0, 9, 11 },
	{ 0, 0, 3 },
};

const struct tw_p2p_coin *tw_p2p_coin_of(enum tw_dialect dialect)
{
	switch (dialect) {
	case TW_DIALECT_AUTO:
	case TW_DIALECT_ZANO:
		break;
	case TW_DIALECT_CRYPTONOTE:
		return &cryptonote;
	case TW_DIALECT_TURTLECOIN_RPC:
	case TW_DIALECT_TURTLECOIN_REST:
		return &turtlecoin;
	case TW_DIALECT_MONERO:
		return &monero;
	}
	return NULL;
}

bool tw_p2p_coin_is_push(const struct tw_p2p_coin *coin, uint32_t command)
{
	return command == coin->pushes[0] || command == coin->pushes[1];
}

uint8_t tw_p2p_coin_version(const struct tw_p2p_coin *coin, const char *daemon_version)
{
	size_t major_len = strcspn(daemon_version, ".");
	const char *rest = daemon_version + major_len + (daemon_version[major_len] == '.');
	int64_t major, minor;

	if (!coin->has_version)
		return 0;
	/* What such a daemon calls its version says nothing of its protocol. */
	if (coin == &cryptonote)
		return versions[0].version;
	if (tw_num_parse(daemon_version, major_len, 0, INT32_MAX, &major) < 0 ||
		tw_num_parse(rest, strcspn(rest, "."), 0, INT32_MAX, &minor) < 0)
		return versions[0].version;
	for (size_t i = 0; i < TW_ARRAY_SIZE(versions); i++) {
		if (major > versions[i].major ||
			(major == versions[i].major && minor >= versions[i].minor))
			return versions[i].version;
	}
	return versions[0].version;
}
