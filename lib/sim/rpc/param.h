/*
 * How TurtleCoind from 0.22 on reads parameters, shared by its JSON-RPC and its REST. Where a
 * parameter is wrong, message receives what the daemon says about it.
 */
#ifndef TW_SIM_RPC_PARAM_H
#define TW_SIM_RPC_PARAM_H

#include "sim/rpc/call.h"

enum { TW_SIM_PARAM_MESSAGE_MAX = 512 };
void tw_sim_param_missing(const char *name, char message[TW_SIM_PARAM_MESSAGE_MAX]);
void tw_sim_param_wrong_type(const char *expected, const struct tw_json_node *got,
	char message[TW_SIM_PARAM_MESSAGE_MAX]);
/* The body of the request is not JSON. */
void tw_sim_param_not_json(const struct tw_sim_call *call, char message[TW_SIM_PARAM_MESSAGE_MAX]);
bool tw_sim_param_number(const struct tw_json_node *params, const char *name,
	char message[TW_SIM_PARAM_MESSAGE_MAX], int64_t *ret_value);
/* NULL when it is missing or no text. */
const char *tw_sim_param_text(const struct tw_json_node *params, const char *name,
	char message[TW_SIM_PARAM_MESSAGE_MAX]);
bool tw_sim_param_is_address(const char *address, char message[TW_SIM_PARAM_MESSAGE_MAX]);

#endif
