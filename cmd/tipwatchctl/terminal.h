/*
 * The terminal while a program draws on all of it: alternate screen, keys without Enter, signals.
 */
#ifndef TIPWATCHCTL_TERMINAL_H
#define TIPWATCHCTL_TERMINAL_H

#include "base/buf.h"
#include <stdint.h>

struct tw_terminal_size {
	uint32_t rows;
	uint32_t columns;
};

enum tw_terminal_event {
	TW_TERMINAL_TIMEOUT,
	TW_TERMINAL_KEY,      /* a key was pressed */
	TW_TERMINAL_READABLE, /* the descriptor has something, or has ended */
	TW_TERMINAL_RESIZED,  /* or the process went on after it was stopped: draw again */
	TW_TERMINAL_ENDED,    /* the program is to end: a signal, or the end of the terminal */
};

/* 0, or a negative errno: -ENOTTY when standard input or output is no terminal. */
int tw_terminal_enter(void);
/* Gives the terminal back. Does nothing when it was not taken. */
void tw_terminal_leave(void);
struct tw_terminal_size tw_terminal_size(void);
/* Waits for the first event. fd may be -1. ret_key is set for a key only. At Ctrl-Z it stops the
 * process and goes on when the process does. */
enum tw_terminal_event tw_terminal_wait(int fd, int64_t timeout_us, char *ret_key);
/* Draws text from the first row, as many lines as fit, and footer in the last row, without clearing
 * the screen first, which would flicker. 0 or a negative errno. */
int tw_terminal_draw(const struct tw_buf *text, const char *footer);

#endif
