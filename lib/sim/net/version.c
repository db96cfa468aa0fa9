/* See version.h. */
#include "sim/net/version.h"
#include <stdio.h>
#include <string.h>

static const int64_t upgrades_0_8[] = { 187000, 350000, 440000, 620000, 700000, 800000, 1000000,
	1200000, 1400000, 1600000, 1800000, 2000000, 0 };
static const int64_t upgrades_0_28[] = { 187000, 350000, 440000, 620000, 700000, 800000, 1000000,
	1200000, 1300000, 1400000, 1600000, 1800000, 2000000, 2200000, 2400000, 2600000, 2800000,
	3000000, 0 };
static const int64_t upgrades_1_0[] = { 187000, 350000, 440000, 620000, 700000, 800000, 1000000,
	1200000, 1300000, 1400000, 1600000, 1800000, 2000000, 2200000, 2400000, 2600000, 2800000,
	3000000, 3200000, 3400000, 3600000, 3800000, 4000000, 4200000, 4400000, 4600000, 4800000,
	5000000, 5200000, 5400000, 5500000, 0 };

/* The first of a dialect is its default. */
static const struct tw_sim_version versions[] = {
	{
		.dialect = TW_DIALECT_TURTLECOIN_RPC,
		.version = "0.28.3",
		.claimed = "0.28.3",
		.http = TW_SIM_HTTP_LIB,
		.has_info = true,
		.is_template_gated = true,
		.supported_height = 2800000,
		.upgrade_heights = upgrades_0_28,
	},
	{
		.dialect = TW_DIALECT_TURTLECOIN_RPC,
		.version = "0.22",
		.claimed = "0.22.0",
		.http = TW_SIM_HTTP_LIB,
		.has_info = true,
		.supported_height = 2000000,
		.upgrade_heights = upgrades_0_28,
	},
	{
		.dialect = TW_DIALECT_TURTLECOIN_RPC,
		.version = "0.20",
		.claimed = "0.20.0",
		.http = TW_SIM_HTTP_CLASSIC,
		.has_info = true,
		.has_getinfo = true,
		.supported_height = 1600000,
		.upgrade_heights = upgrades_0_28,
	},
	{
		.dialect = TW_DIALECT_TURTLECOIN_RPC,
		.version = "0.8.4",
		.claimed = "0.8.4",
		.http = TW_SIM_HTTP_CLASSIC,
		.has_testnet = true,
		.has_info = true,
		.has_getinfo = true,
		.supported_height = 800000,
		.upgrade_heights = upgrades_0_8,
	},
	{
		.dialect = TW_DIALECT_TURTLECOIN_RPC,
		.version = "0.6.4",
		.claimed = "0.6.4",
		.http = TW_SIM_HTTP_CLASSIC,
		.has_testnet = true,
		.has_getinfo = true,
		.supported_height = 620000,
		.upgrade_heights = upgrades_0_8,
	},
	{
		.dialect = TW_DIALECT_TURTLECOIN_REST,
		.version = "1.0.1",
		.claimed = "1.0.1",
		.http = TW_SIM_HTTP_LIB,
		.has_info = true,
		.supported_height = 5500000,
		.upgrade_heights = upgrades_1_0,
	},
	{
		.dialect = TW_DIALECT_MONERO,
		.version = "0.18",
		.claimed = "0.18.0.0-release",
		.http = TW_SIM_HTTP_EPEE,
		.block_version = 16,
		.layout = TW_BLOB_MONERO,
	},
	{
		/* Conceal */
		.dialect = TW_DIALECT_CRYPTONOTE,
		.version = "6.7.4",
		.claimed = "6.7.4",
		.http = TW_SIM_HTTP_CLASSIC,
		.block_version = 8,
		.layout = TW_BLOB_MONERO,
	},
	{
		/* Bytecoin */
		.dialect = TW_DIALECT_CRYPTONOTE,
		.version = "3.1.1",
		.claimed = "",
		.http = TW_SIM_HTTP_CLASSIC,
		.counts_from_1 = true,
	},
	{
		.dialect = TW_DIALECT_ZANO,
		.version = "2.0.1",
		.claimed = "",
		.http = TW_SIM_HTTP_EPEE,
		.block_version = 3,
		.layout = TW_BLOB_ZANO,
	},
};

const struct tw_sim_version *tw_sim_version_find(const char *text)
{
	size_t len = strcspn(text, "@");

	for (size_t i = 0; i < TW_ARRAY_SIZE(versions); i++) {
		const char *name = tw_dialect_word(versions[i].dialect);

		if (strlen(name) != len || strncmp(name, text, len) != 0)
			continue;
		if (text[len] == '\0' || strcmp(text + len + 1, versions[i].version) == 0)
			return &versions[i];
	}
	return NULL;
}

void tw_sim_version_list(char text[TW_SIM_VERSION_TEXT_MAX])
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < TW_ARRAY_SIZE(versions) && len < TW_SIM_VERSION_TEXT_MAX; i++) {
		bool is_same = i > 0 && versions[i].dialect == versions[i - 1].dialect;
		bool is_open = is_same && (i < 2 || versions[i].dialect != versions[i - 2].dialect);
		bool is_closing =
			is_same && (i + 1 == TW_ARRAY_SIZE(versions) ||
					   versions[i].dialect != versions[i + 1].dialect);
		int n;

		if (is_same)
			n = snprintf(text + len, TW_SIM_VERSION_TEXT_MAX - len, "%s%s%s",
				is_open ? " (or " : ", ", versions[i].version,
				is_closing ? ")" : "");
		else
			n = snprintf(text + len, TW_SIM_VERSION_TEXT_MAX - len, "%s%s@%s",
				i == 0 ? "" : ", ", tw_dialect_word(versions[i].dialect),
				versions[i].version);
		len += n > 0 ? (size_t)n : 0;
	}
}
