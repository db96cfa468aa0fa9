/* A configuration as a file, by the table of keys. */
#ifndef TW_CONF_PRINT_H
#define TW_CONF_PRINT_H

#include "base/buf.h"
#include "conf/types.h"

/* Appends the effective configuration as a file that tw_config_load() accepts and that means the
 * same. Passwords are not in it, password_file is. */
void tw_conf_print(const struct tw_config *config, struct tw_buf *out);

#endif
