/* Commands about blocks and branches; cmd.c has their table. */
#ifndef TW_SIM_CMD_CHAIN_H
#define TW_SIM_CMD_CHAIN_H

#include "sim/cmd/line.h"

void tw_sim_cmd_chain_mine(struct tw_sim_line *line);
void tw_sim_cmd_chain_block_time(struct tw_sim_line *line);
void tw_sim_cmd_chain_fork(struct tw_sim_line *line);
void tw_sim_cmd_chain_race(struct tw_sim_line *line);
void tw_sim_cmd_chain_rejoin(struct tw_sim_line *line);
void tw_sim_cmd_chain_adopt(struct tw_sim_line *line);
void tw_sim_cmd_chain_claim(struct tw_sim_line *line);
void tw_sim_cmd_chain_put_tip(struct tw_sim_line *line);
void tw_sim_cmd_chain_put_branch(struct tw_sim_line *line);

#endif
