/*
 * The web page: what an operator wants to see at a glance, nothing from outside. Its files are in
 * page/; without scripts it is a table.
 */
#ifndef TW_SERVE_PAGE_H
#define TW_SERVE_PAGE_H

#include "base/buf.h"
#include "serve/status.h"

/* Writes the HTML document. Everything that is not ours is escaped. Errors stick in out. */
void tw_page_write(const struct tw_status_source *source, struct tw_buf *out);

/* A file as it is in page/, and a tag (quoted, for ETag) that no other text has. */
struct tw_page_file {
	const char *text;
	const char *tag;
};

/* The frame of the page, and what it refers to: /style.css, /page.js and /icon.svg. */
extern const struct tw_page_file tw_page_html;
extern const struct tw_page_file tw_page_style;
extern const struct tw_page_file tw_page_script;
extern const struct tw_page_file tw_page_icon;

#endif
