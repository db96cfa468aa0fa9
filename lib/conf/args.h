/* A configuration made of arguments of the command line. */
#ifndef TW_CONF_ARGS_H
#define TW_CONF_ARGS_H

#include "base/buf.h"
#include "conf/types.h"

/* Makes a config of n arguments "[NAME=]URL": the daemons, of which the first is primary; those
 * without a name are called d1, d2, ... Returns as tw_config_load(); errors say "argument N: ...".
 */
int tw_conf_args_load(uint32_t n, char *const *arguments, const struct tw_conf_defaults *defaults,
	struct tw_buf *errors, struct tw_config **ret_config);

#endif
