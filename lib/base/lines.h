/* Walking the lines of a text, as messages collect them. */
#ifndef TW_BASE_LINES_H
#define TW_BASE_LINES_H

/*
 * Takes the next line that is not empty off *rest, a text that may be NULL, and returns it without
 * its newline, in place; NULL where there is none left.
 */
char *tw_lines_next(char **rest);

#endif
