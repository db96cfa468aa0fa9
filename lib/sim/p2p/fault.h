/* What the P2P port of a simulated node does wrong, as rows: the command `p2p` reads them. */
#ifndef TW_SIM_P2P_FAULT_H
#define TW_SIM_P2P_FAULT_H

#include "base/result.h"

enum tw_sim_p2p_fault {
	TW_SIM_P2P_OK,
	TW_SIM_P2P_CLOSED,
	TW_SIM_P2P_SILENT,
	TW_SIM_P2P_LIE,
	TW_SIM_P2P_GARBAGE,
	TW_SIM_P2P_FLOOD,
	TW_SIM_P2P_DROP,
	TW_SIM_P2P_WRONG_ID,
	TW_SIM_P2P_HUGE,
	TW_SIM_P2P_PARTIAL,
};

/* The word of the command; NULL: there is no such fault. Static. */
const char *tw_sim_p2p_fault_word(enum tw_sim_p2p_fault fault);
/* What the nodes do then: "its P2P port …". Static. */
const char *tw_sim_p2p_fault_text(enum tw_sim_p2p_fault fault);
/* The fault of a word. False: there is none. */
bool tw_sim_p2p_fault_find(const char *word, enum tw_sim_p2p_fault *ret_fault);

#endif
