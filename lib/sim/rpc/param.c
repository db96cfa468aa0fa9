/* See param.h. */
#include "sim/rpc/param.h"
#include <stdio.h>
#include <string.h>

/* The type of node by rapidjson's names. */
static const char *type_name(const struct tw_json_node *node)
{
	bool value = false;

	switch (tw_json_type_of(node)) {
	case TW_JSON_TEXT:
		return "String";
	case TW_JSON_NUMBER:
		return "Number";
	case TW_JSON_ARRAY:
		return "Array";
	case TW_JSON_MAP:
		return "Object";
	case TW_JSON_BOOL:
		(void)tw_json_get_bool(node, "", &value);
		return value ? "True" : "False";
	case TW_JSON_NULL:
	case TW_JSON_ABSENT:
		break;
	}
	return "Null";
}

void tw_sim_param_missing(const char *name, char message[TW_SIM_PARAM_MESSAGE_MAX])
{
	snprintf(message, TW_SIM_PARAM_MESSAGE_MAX, "Missing JSON parameter: '%s'", name);
}

void tw_sim_param_wrong_type(const char *expected, const struct tw_json_node *got,
	char message[TW_SIM_PARAM_MESSAGE_MAX])
{
	snprintf(message, TW_SIM_PARAM_MESSAGE_MAX,
		"JSON parameter is wrong type. Expected %s, got %s", expected, type_name(got));
}

void tw_sim_param_not_json(const struct tw_sim_call *call, char message[TW_SIM_PARAM_MESSAGE_MAX])
{
	size_t len = call->request->body_len;
	const char *warning = "Warning: received body is not JSON encoded!\n"
			      "Key/value parameters are NOT supported.\nBody:\n";

	snprintf(message, TW_SIM_PARAM_MESSAGE_MAX, "%s%.*sFailed to parse request body as JSON",
		len == 0 ? "" : warning, (int)(len > 256 ? 256 : len),
		len == 0 ? "" : call->request->body);
}

bool tw_sim_param_number(const struct tw_json_node *params, const char *name,
	char message[TW_SIM_PARAM_MESSAGE_MAX], int64_t *ret_value)
{
	const struct tw_json_node *node = tw_json_member(params, name);

	if (node == NULL) {
		tw_sim_param_missing(name, message);
		return false;
	}
	if (tw_json_get_int(node, "", 0, INT64_MAX, ret_value) == 0)
		return true;
	tw_sim_param_wrong_type("uint64_t", node, message);
	return false;
}

const char *tw_sim_param_text(
	const struct tw_json_node *params, const char *name, char message[TW_SIM_PARAM_MESSAGE_MAX])
{
	const struct tw_json_node *node = tw_json_member(params, name);

	if (node == NULL)
		tw_sim_param_missing(name, message);
	else if (tw_json_str(node) == NULL)
		tw_sim_param_wrong_type("String", node, message);
	return tw_json_str(node);
}

bool tw_sim_param_is_address(const char *address, char message[TW_SIM_PARAM_MESSAGE_MAX])
{
	size_t len = strlen(address);

	if (tw_sim_call_is_address(address))
		return true;
	if (len != 99 && len != 187)
		snprintf(message, TW_SIM_PARAM_MESSAGE_MAX,
			"The address given is the wrong length. It should be 99 chars or 187 "
			"chars, but it is %zu chars.",
			len);
	else
		snprintf(message, TW_SIM_PARAM_MESSAGE_MAX,
			"The address given is not valid base58.");
	return false;
}
