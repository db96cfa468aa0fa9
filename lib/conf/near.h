/* Private to conf*.c: what to say about a key that does not exist. */
#ifndef TW_CONF_NEAR_H
#define TW_CONF_NEAR_H

#include "conf/get.h"

/* Complains about a key of section (NULL: of the file itself) and says which one may be meant,
 * where it belongs, or which there are. */
void tw_conf_complain_unknown(struct tw_conf_reader *reader, const struct tw_conf_item *item,
	const struct tw_conf_section *section);

#endif
