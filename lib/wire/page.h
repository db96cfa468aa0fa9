/* The web page: what an operator wants to see at a glance, without script, nothing from outside. */
#ifndef TW_WIRE_PAGE_H
#define TW_WIRE_PAGE_H

#include "base/buf.h"
#include "wire/status.h"

/* Writes the HTML document. Everything that is not ours is escaped. Errors stick in out. */
void tw_page_write(const struct tw_status_source *source, struct tw_buf *out);

/* What it refers to: /style.css and /icon.svg. */
extern const char tw_page_style[];
extern const char tw_page_icon[];

#endif
