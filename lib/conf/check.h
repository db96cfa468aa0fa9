/*
 * Private to conf*.c: what single texts may be, and what settings demand of each other.
 */
#ifndef TW_CONF_CHECK_H
#define TW_CONF_CHECK_H

#include "conf/get.h"

/* All return 0 or -EINVAL with a message that ends the sentence "NAME ...". */
int tw_conf_check_name(const char *text, char *message, size_t size);
int tw_conf_check_wallet(const char *text, char *message, size_t size);
int tw_conf_check_path(const char *text, char *message, size_t size);
int tw_conf_check_group(const char *text, char *message, size_t size);
int tw_conf_check_listen(const char *text, char *message, size_t size);
int tw_conf_check_program(const char *text, char *message, size_t size);
int tw_conf_check_user(const char *text, char *message, size_t size);

/* Complains about every pair of settings that contradict each other; items has the entry of daemons
 * that each node was read from. */
void tw_conf_check_relations(struct tw_conf_reader *reader, const struct tw_config *config,
	const struct tw_conf_item *const *items);

#endif
