/*
 * What the text of a setting may be. Each function looks at one text alone; what settings demand of
 * each other is in relations.h.
 */
#ifndef TW_CONF_CHECK_H
#define TW_CONF_CHECK_H

#include <stddef.h>

enum { TW_CONF_MESSAGE_MAX = 512 };

/* All return 0, or -EINVAL with a message of less than size bytes that ends the sentence
 * "NAME ...". */
int tw_conf_check_name(const char *text, char *message, size_t size);
int tw_conf_check_url(const char *text, char *message, size_t size);
int tw_conf_check_wallet(const char *text, char *message, size_t size);
int tw_conf_check_path(const char *text, char *message, size_t size);
int tw_conf_check_group(const char *text, char *message, size_t size);
int tw_conf_check_listen(const char *text, char *message, size_t size);
int tw_conf_check_program(const char *text, char *message, size_t size);
int tw_conf_check_fingerprint(const char *text, char *message, size_t size);
int tw_conf_check_proxy(const char *text, char *message, size_t size);
int tw_conf_check_seeds(const char *text, char *message, size_t size);
int tw_conf_check_p2p(const char *text, char *message, size_t size);
int tw_conf_check_network_id(const char *text, char *message, size_t size);
int tw_conf_check_user(const char *text, char *message, size_t size);

#endif
