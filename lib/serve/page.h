/*
 * The web page: the state of everything at a glance, without anything from another server. Its
 * files are in page/. Without scripts it is a table that reloads itself.
 */
#ifndef TW_SERVE_PAGE_H
#define TW_SERVE_PAGE_H

#include "base/buf.h"
#include "serve/status.h"

/* Writes the HTML document. All text from the configuration and from daemons is escaped. Errors
 * stick in out. */
void tw_page_write(const struct tw_status_source *source, struct tw_buf *out);

/* A file of page/ as it is, and its ETag, quoted: another text has another tag. */
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
