/* Commands that make a node go wrong, and right again; cmd.c has their table. */
#ifndef TW_SIM_CMD_FAULT_H
#define TW_SIM_CMD_FAULT_H

#include "sim/cmd/line.h"

/* Every command whose effect is only the row's reach. */
void tw_sim_cmd_fault_reach(struct tw_sim_line *line);
void tw_sim_cmd_fault_slow(struct tw_sim_line *line);
void tw_sim_cmd_fault_freeze(struct tw_sim_line *line);
void tw_sim_cmd_fault_lag(struct tw_sim_line *line);
void tw_sim_cmd_fault_delay(struct tw_sim_line *line);
void tw_sim_cmd_fault_lie(struct tw_sim_line *line);
void tw_sim_cmd_fault_p2p(struct tw_sim_line *line);
void tw_sim_cmd_fault_peers(struct tw_sim_line *line);
void tw_sim_cmd_fault_no_template(struct tw_sim_line *line);
void tw_sim_cmd_fault_stale_template(struct tw_sim_line *line);
void tw_sim_cmd_fault_bootstrap(struct tw_sim_line *line);
void tw_sim_cmd_fault_restrict(struct tw_sim_line *line);
void tw_sim_cmd_fault_fragile(struct tw_sim_line *line);
void tw_sim_cmd_fault_wreck(struct tw_sim_line *line);
void tw_sim_cmd_fault_http_error(struct tw_sim_line *line);
void tw_sim_cmd_fault_garbage(struct tw_sim_line *line);
void tw_sim_cmd_fault_auth(struct tw_sim_line *line);
void tw_sim_cmd_fault_restart(struct tw_sim_line *line);
void tw_sim_cmd_fault_upgrade(struct tw_sim_line *line);
void tw_sim_cmd_fault_recover(struct tw_sim_line *line);

#endif
