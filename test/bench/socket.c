/*
 * A client that asks a server on a Unix socket as fast as it answers: several connections in one
 * thread, each of which sends a batch of requests, waits for all replies and begins again. Every
 * reply is checked and counted. Prints one JSON object with the rate and the latency of a batch, in
 * microseconds.
 *
 * The same client asks tipwatchd, Redis and HAProxy (socket.py), so that what differs is the
 * server.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MAX = 256, BUFFER = 1 << 18, SAMPLES_MAX = 1 << 22, TEXT_MAX = 4096 };

static struct {
	const char *path;
	char request[TEXT_MAX];
	char hello[TEXT_MAX];  /* sent once on every connection; its reply ends as the others do */
	char expect[TEXT_MAX]; /* every reply begins with this */
	char end[TEXT_MAX];    /* a reply ends with this; "": with the connection */
	int n_ends;            /* the so-manieth time that it comes */
	int n_clients;
	int n_batch;
	double seconds;
	bool is_per_connection;
} options = { .end = "\n", .n_ends = 1, .n_clients = 1, .n_batch = 1, .seconds = 2 };

struct client {
	int fd;
	int n_due;       /* replies of this batch that have not come */
	bool is_greeted; /* the reply to hello has come, or none is due */
	int64_t sent_ns;
	size_t len;
	char in[BUFFER];
};

static struct client clients[CLIENTS_MAX];
static uint32_t samples[SAMPLES_MAX];
static size_t n_samples;
static uint64_t n_replies;
static char *batch;
static int poll_fd;

static void die(const char *what)
{
	fprintf(stderr, "bench_socket: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void refuse(const char *text, size_t len)
{
	fprintf(stderr, "bench_socket: a reply is not the expected one: %.*s\n",
		(int)(len < 200 ? len : 200), text);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static void send_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("send");
		text += n;
		len -= (size_t)n;
	}
}

static void open_client(struct client *client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	struct timeval patience = { .tv_sec = 5 };

	strncpy(address.sun_path, options.path, sizeof(address.sun_path) - 1);
	client->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client->fd < 0)
		die("socket");
	if (setsockopt(client->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		die("setsockopt");
	while (connect(client->fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == EAGAIN) {
			fprintf(stderr, "bench_socket: %s accepts no more connections\n",
				options.path);
			exit(1);
		}
		if (errno != EINTR)
			die(options.path);
	}
	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, client->fd, &event) < 0)
		die("epoll_ctl");
	client->len = 0;
	client->is_greeted = options.hello[0] == '\0';
	if (!client->is_greeted)
		send_all(client->fd, options.hello, strlen(options.hello));
}

/* The time of a batch includes the connecting where each has its own connection. */
static void begin_batch(struct client *client)
{
	client->sent_ns = now_ns();
	if (options.is_per_connection)
		open_client(client);
	client->n_due = options.n_batch;
	send_all(client->fd, batch, strlen(batch));
}

/* Length of the first reply in the buffer; 0: it is not complete. */
static size_t reply_length(const struct client *client, bool is_closed)
{
	size_t at = 0, end = strlen(options.end);

	if (end == 0)
		return is_closed ? client->len : 0;
	for (int i = 0; i < options.n_ends; i++) {
		const char *found = memmem(client->in + at, client->len - at, options.end, end);

		if (found == NULL)
			return 0;
		at = (size_t)(found - client->in) + end;
	}
	return at;
}

static void take_replies(struct client *client, bool is_closed)
{
	size_t expect = strlen(options.expect), len;

	while (client->n_due > 0 && (len = reply_length(client, is_closed)) > 0) {
		if (!client->is_greeted) {
			client->is_greeted = true;
		} else {
			if (len < expect || memcmp(client->in, options.expect, expect) != 0)
				refuse(client->in, len);
			client->n_due--;
			n_replies++;
		}
		memmove(client->in, client->in + len, client->len - len);
		client->len -= len;
	}
	if (is_closed && client->n_due > 0)
		refuse("(the connection was closed)", 27);
}

static void on_input(struct client *client, bool is_over)
{
	ssize_t n = recv(client->fd, client->in + client->len, BUFFER - client->len, 0);

	if (n < 0)
		die("recv");
	client->len += (size_t)n;
	take_replies(client, n == 0);
	if (client->n_due > 0)
		return;
	if (n_samples < SAMPLES_MAX)
		samples[n_samples++] = (uint32_t)(now_ns() - client->sent_ns);
	if (options.is_per_connection)
		close(client->fd);
	if (!is_over)
		begin_batch(client);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static double percentile(double share)
{
	return samples[(size_t)((double)(n_samples - 1) * share)] / 1000.0;
}

/* "\n" and "\r" of the command line become the bytes. */
static void copy(char *ret_text, const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && n + 1 < TEXT_MAX; text++) {
		bool is_escape = text[0] == '\\' && (text[1] == 'n' || text[1] == 'r');

		ret_text[n++] = !is_escape ? *text : text[1] == 'n' ? '\n' : '\r';
		text += is_escape;
	}
	ret_text[n] = '\0';
}

static void parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "r:h:x:e:n:c:b:s:p")) != -1) {
		switch (option) {
		case 'r':
			copy(options.request, optarg);
			break;
		case 'h':
			copy(options.hello, optarg);
			break;
		case 'x':
			copy(options.expect, optarg);
			break;
		case 'e':
			copy(options.end, optarg);
			break;
		case 'n':
			options.n_ends = atoi(optarg);
			break;
		case 'c':
			options.n_clients = atoi(optarg);
			break;
		case 'b':
			options.n_batch = atoi(optarg);
			break;
		case 's':
			options.seconds = atof(optarg);
			break;
		case 'p':
			options.is_per_connection = true;
			break;
		default:
			optind = argc;
			break;
		}
	}
	options.path = argv[optind];
	if (optind + 1 == argc && options.request[0] != '\0' && options.n_clients > 0 &&
		options.n_clients <= CLIENTS_MAX && options.n_batch > 0)
		return;
	fprintf(stderr, "usage: bench_socket -r REQUEST [-h HELLO] [-x EXPECT] [-e END] [-n ENDS]\n"
			"       [-c CLIENTS] [-b BATCH] [-s SECONDS] [-p] SOCKET\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int64_t begun_ns, until_ns, ended_ns;

	parse(argc, argv);
	batch = calloc((size_t)options.n_batch, TEXT_MAX);
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (batch == NULL || poll_fd < 0)
		die("begin");
	for (int i = 0; i < options.n_batch; i++)
		strcat(batch, options.request);
	begun_ns = now_ns();
	until_ns = begun_ns + (int64_t)(options.seconds * 1e9);
	for (int i = 0; i < options.n_clients; i++) {
		if (!options.is_per_connection)
			open_client(&clients[i]);
		begin_batch(&clients[i]);
	}
	do {
		struct epoll_event events[CLIENTS_MAX];
		int n = epoll_wait(poll_fd, events, CLIENTS_MAX, 5000);

		ended_ns = now_ns();
		if (n <= 0)
			die("no reply within 5 s");
		for (int i = 0; i < n; i++)
			on_input(events[i].data.ptr, ended_ns >= until_ns);
	} while (ended_ns < until_ns);
	qsort(samples, n_samples, sizeof(samples[0]), compare);
	printf("{\"replies\":%llu,\"rate\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f}\n",
		(unsigned long long)n_replies,
		(double)n_replies * 1e9 / (double)(ended_ns - begun_ns), percentile(0.5),
		percentile(0.99), percentile(0.999));
	return 0;
}
