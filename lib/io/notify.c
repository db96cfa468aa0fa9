/* See notify.h. The protocol: sd_notify(3), sd_watchdog_enabled(3). */
#include "io/notify.h"
#include "base/file.h"
#include "base/num.h"
#include "base/time.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct tw_notify {
	int fd; /* -1: there is no service manager */
	/* The socket is not connected to it: the manager may be restarted meanwhile. */
	struct sockaddr_un address;
	socklen_t address_len;
	int64_t watchdog_us;
};

static int open_socket(struct tw_notify *notify, const char *name)
{
	struct sockaddr_un *address = &notify->address;
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || len < 2)
		return -EINVAL;
	/* An abstract name may fill the whole array; a path needs its NUL. */
	if (len > sizeof(address->sun_path) || (name[0] == '/' && len == sizeof(address->sun_path)))
		return -ENAMETOOLONG;
	address->sun_family = AF_UNIX;
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	notify->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return notify->fd < 0 ? -errno : 0;
}

/* The watchdog's limit in microseconds; 0 when it is off, for another process, or no number. */
static int64_t read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t value;

	if (usec == NULL || tw_num_parse(usec, strlen(usec), 1, INT64_MAX, &value) < 0)
		return 0;
	if (pid != NULL) {
		int64_t wanted;

		if (tw_num_parse(pid, strlen(pid), 1, INT32_MAX, &wanted) < 0 || wanted != getpid())
			return 0;
	}
	return value;
}

int tw_notify_create(struct tw_notify **ret_notify)
{
	struct tw_notify *notify = calloc(1, sizeof(*notify));
	const char *name = getenv("NOTIFY_SOCKET");
	int r = 0;

	if (notify == NULL)
		return -ENOMEM;
	notify->fd = -1;
	if (name != NULL && name[0] != '\0') {
		r = open_socket(notify, name);
		if (r == 0)
			notify->watchdog_us = read_watchdog();
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*ret_notify = notify;
	return r;
}

void tw_notify_destroy(struct tw_notify *notify)
{
	if (notify == NULL)
		return;
	tw_file_close(&notify->fd);
	free(notify);
}

int64_t tw_notify_watchdog_us(const struct tw_notify *notify)
{
	int64_t half_us = notify->watchdog_us / 2;

	return notify->watchdog_us > 0 && half_us == 0 ? 1 : half_us;
}

static int tell(const struct tw_notify *notify, const char *text)
{
	ssize_t n;

	if (notify->fd < 0)
		return 0;
	do
		n = sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL,
			(const struct sockaddr *)&notify->address, notify->address_len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int tw_notify_ready(const struct tw_notify *notify)
{
	return tell(notify, "READY=1");
}

int tw_notify_reloading(const struct tw_notify *notify)
{
	char text[64];
	struct timespec ts;

	/* The manager compares this with its own CLOCK_MONOTONIC; the loop uses another clock. */
	clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)(ts.tv_sec * TW_SEC + ts.tv_nsec / 1000));
	return tell(notify, text);
}

int tw_notify_stopping(const struct tw_notify *notify)
{
	return tell(notify, "STOPPING=1");
}

int tw_notify_watchdog(const struct tw_notify *notify)
{
	return tell(notify, "WATCHDOG=1");
}

int tw_notify_status(const struct tw_notify *notify, const char *text)
{
	char line[sizeof("STATUS=") + TW_NOTIFY_STATUS_MAX];

	snprintf(line, sizeof(line), "STATUS=%s", text);
	/* A newline would start another assignment; the text may quote a daemon. */
	for (char *c = line; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	return tell(notify, line);
}
