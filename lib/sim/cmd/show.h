/* Commands that show what there is; cmd.c has their table. */
#ifndef TW_SIM_CMD_SHOW_H
#define TW_SIM_CMD_SHOW_H

#include "sim/cmd/line.h"

void tw_sim_cmd_show_list(struct tw_sim_line *line);
void tw_sim_cmd_show_put_list(struct tw_sim_line *line);
void tw_sim_cmd_show_submits(struct tw_sim_line *line);
void tw_sim_cmd_show_put_submits(struct tw_sim_line *line);
void tw_sim_cmd_show_help(struct tw_sim_line *line);
void tw_sim_cmd_show_put_help(struct tw_sim_line *line);
void tw_sim_cmd_show_quit(struct tw_sim_line *line);

#endif
