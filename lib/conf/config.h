/*
 * Loading a configuration file, and what other layers ask of a configuration. All errors of a file
 * are reported at once, each as "FILE:LINE: what is wrong and what is allowed".
 */
#ifndef TW_CONF_CONFIG_H
#define TW_CONF_CONFIG_H

#include "base/buf.h"
#include "conf/types.h"

/*
 * Reads a file. Returns 0 with a new config, which the caller destroys; TW_CONFIG_WRONG when the
 * file is wrong or cannot be read, with one line per error in errors; or -ENOMEM.
 */
int tw_config_load(const char *path, const struct tw_conf_defaults *defaults, struct tw_buf *errors,
	struct tw_config **ret_config);
void tw_config_destroy(struct tw_config *config); /* takes NULL and one that is half built */

/* Makes a config with every default but without nodes. Returns 0 or -ENOMEM. */
int tw_config_create(const struct tw_conf_defaults *defaults, struct tw_config **ret_config);

/* The core's part, borrowed from config. */
void tw_config_core(const struct tw_config *config, struct tw_core_config *ret_core);
/* Number of the node called name, or TW_NODE_NONE. */
int32_t tw_config_find(const struct tw_config *config, const char *name);
/*
 * Which node of old each node of config is: the same name, URL, role, dialect and credentials; its
 * priority, interval and timeout may differ. ret_old_of has config->n_nodes entries.
 */
void tw_config_match(
	const struct tw_config *config, const struct tw_config *old, int32_t *ret_old_of);

#endif
