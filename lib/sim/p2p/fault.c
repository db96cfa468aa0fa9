/* See fault.h. */
#include "sim/p2p/fault.h"
#include <string.h>

static const struct {
	const char *word;
	const char *text;
} rows[] = {
	[TW_SIM_P2P_OK] = { "ok", "its P2P port answers as it should" },
	[TW_SIM_P2P_CLOSED] = { "closed", "its P2P port is closed" },
	[TW_SIM_P2P_SILENT] = { "silent", "its P2P port connects, but never says anything" },
	[TW_SIM_P2P_LIE] = { "lie", "its P2P port claims an invented tip 1000 blocks higher" },
	[TW_SIM_P2P_GARBAGE] = { "garbage", "its P2P port answers bytes that mean nothing" },
	[TW_SIM_P2P_FLOOD] = { "flood", "its P2P port pushes blocks and asks without end" },
	[TW_SIM_P2P_DROP] = { "drop", "its P2P port closes after the handshake" },
	[TW_SIM_P2P_WRONG_ID] = { "wrong-id", "its P2P port is on another network" },
	[TW_SIM_P2P_HUGE] = { "huge", "its P2P port announces frames of a terabyte" },
	[TW_SIM_P2P_PARTIAL] = { "partial", "its P2P port stops in the middle of a frame" },
};

const char *tw_sim_p2p_fault_word(enum tw_sim_p2p_fault fault)
{
	return (size_t)fault < TW_ARRAY_SIZE(rows) ? rows[fault].word : NULL;
}

const char *tw_sim_p2p_fault_text(enum tw_sim_p2p_fault fault)
{
	return rows[fault].text;
}

bool tw_sim_p2p_fault_find(const char *word, enum tw_sim_p2p_fault *ret_fault)
{
	for (size_t i = 0; i < TW_ARRAY_SIZE(rows); i++) {
		if (strcmp(rows[i].word, word) != 0)
			continue;
		*ret_fault = (enum tw_sim_p2p_fault)i;
		return true;
	}
	return false;
}
