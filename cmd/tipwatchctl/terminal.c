/*
 * See terminal.h. The signal handlers and the state are static, since a process has one terminal.
 */
#include "terminal.h"
#include "base/file.h"
#include "base/time.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MAX = 1 << 20, ROWS_USUAL = 24, COLUMNS_USUAL = 80 };

/* Alternate screen, no cursor, no wrapping of long lines; and the way back. */
static const char enter_screen[] = "\033[?1049h\033[?25l\033[?7l";
static const char leave_screen[] = "\033[?7h\033[?25h\033[?1049l";

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH };
static volatile sig_atomic_t has_end, has_stop, has_resize;
static struct termios before;
static struct sigaction actions_before[TW_ARRAY_SIZE(signals)];
static sigset_t mask_before;
static bool is_entered;

static void on_signal(int signo)
{
	if (signo == SIGWINCH || signo == SIGCONT)
		has_resize = 1;
	else if (signo == SIGTSTP)
		has_stop = 1;
	else
		has_end = 1;
}

/* ISIG stays set, so that Ctrl-C and Ctrl-Z send signals as usual. */
static int take_keys(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0 ? -errno : 0;
}

int tw_terminal_enter(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t mask;
	int r;

	if (tcgetattr(STDIN_FILENO, &before) < 0 || isatty(STDOUT_FILENO) != 1)
		return -ENOTTY;
	/* The signals are blocked except while tw_terminal_wait() waits, so that none is missed. */
	sigemptyset(&mask);
	for (size_t i = 0; i < TW_ARRAY_SIZE(signals); i++) {
		sigaddset(&mask, signals[i]);
		sigaction(signals[i], &action, &actions_before[i]);
	}
	sigprocmask(SIG_BLOCK, &mask, &mask_before);
	is_entered = true;
	r = take_keys();
	if (r == 0)
		r = tw_file_write(STDOUT_FILENO, enter_screen, strlen(enter_screen));
	if (r < 0)
		tw_terminal_leave();
	return r;
}

void tw_terminal_leave(void)
{
	if (!is_entered)
		return;
	is_entered = false;
	(void)tw_file_write(STDOUT_FILENO, leave_screen, strlen(leave_screen));
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	for (size_t i = 0; i < TW_ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &actions_before[i], NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

/* Gives the terminal back, stops the process, and takes the terminal again when it goes on. */
static void stop(void)
{
	has_stop = 0;
	(void)tw_file_write(STDOUT_FILENO, leave_screen, strlen(leave_screen));
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)raise(SIGSTOP);
	(void)take_keys();
	(void)tw_file_write(STDOUT_FILENO, enter_screen, strlen(enter_screen));
	has_resize = 1;
}

struct tw_terminal_size tw_terminal_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		return (struct tw_terminal_size){ ROWS_USUAL, COLUMNS_USUAL };
	return (struct tw_terminal_size){ size.ws_row, size.ws_col };
}

enum tw_terminal_event tw_terminal_wait(int fd, int64_t timeout_us, char *ret_key)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };
	struct timespec timeout = { .tv_sec = timeout_us / TW_SEC,
		.tv_nsec = timeout_us % TW_SEC * 1000 };
	int n = ppoll(fds, 2, &timeout, &mask_before);

	if (has_end)
		return TW_TERMINAL_ENDED;
	if (has_stop)
		stop();
	if (has_resize) {
		has_resize = 0;
		return TW_TERMINAL_RESIZED;
	}
	if (n <= 0)
		return TW_TERMINAL_TIMEOUT;
	if (fds[0].revents != 0)
		return read(STDIN_FILENO, ret_key, 1) == 1 ? TW_TERMINAL_KEY : TW_TERMINAL_ENDED;
	return TW_TERMINAL_READABLE;
}

int tw_terminal_draw(const struct tw_buf *text, const char *footer)
{
	struct tw_terminal_size size = tw_terminal_size();
	const char *line = text->len > 0 ? text->data : "", *end = line + text->len;
	struct tw_buf frame;
	uint32_t row = 0;
	int r;

	tw_buf_init(&frame, FRAME_MAX);
	tw_buf_puts(&frame, "\033[H");
	for (; row + 1 < size.rows; row++) {
		const char *stop_at = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;

		if (stop_at != NULL) {
			tw_buf_append(&frame, line, (size_t)(stop_at - line));
			line = stop_at + 1;
		}
		tw_buf_puts(&frame, "\033[K\r\n");
	}
	tw_buf_printf(&frame, "%s\033[K", footer);
	r = frame.error < 0 ? frame.error : tw_file_write(STDOUT_FILENO, frame.data, frame.len);
	tw_buf_finish(&frame);
	return r;
}
