/* See name.h. */
#include "io/check/name.h"
#include "conf/url.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	ADDRESS_SIZE = INET6_ADDRSTRLEN + 2, /* with brackets */
	ADDRESSES_SIZE = TW_NAME_ADDRESSES_MAX * (ADDRESS_SIZE + 1),
	/* getaddrinfo() runs the modules that nsswitch.conf names on this stack. */
	STACK_SIZE = 1024 * 1024,
};

struct list {
	uint32_t n;
	char text[TW_NAME_ADDRESSES_MAX][ADDRESS_SIZE];
};

/* One lookup. It is owned by its thread and by the name; the last owner frees it. */
struct lookup {
	atomic_int n_owners;
	atomic_bool is_done; /* the thread has written the fields below */
	int fd;              /* an eventfd, written when done */
	int error;           /* 0 or EAI_… */
	int error_errno;     /* with EAI_SYSTEM */
	struct list list;
	char host[];
};

struct tw_name {
	struct tw_loop *loop;
	tw_name_fn *fn;
	void *ctx;
	struct lookup *lookup; /* under way, or NULL */
	struct tw_loop_fd *watch;
	int64_t tried_us; /* when the last lookup ended */
	int64_t good_us;  /* when the last successful lookup ended */
	struct list list;
	char addresses[ADDRESSES_SIZE]; /* the list as one text */
	char error[TW_NAME_ERROR_MAX];
	char host[];
};

bool tw_name_is_needed(const char *host)
{
	static const char local[] = ".localhost";
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1)
		return false;
	/* RFC 6761: libcurl knows the address of these names without a lookup. */
	return strcmp(host, "localhost") != 0 &&
	       (len < strlen(local) || strcmp(host + len - strlen(local), local) != 0);
}

bool tw_name_is_needed_by(const struct tw_node_conf *node)
{
	char message[1];
	bool looks_up = false;

	return tw_name_is_needed(node->url.host) &&
	       !(tw_url_parse_proxy(node->proxy, &looks_up, message, sizeof(message)) == 0 &&
		       looks_up);
}

static void let_go(struct lookup *lookup)
{
	if (atomic_fetch_sub(&lookup->n_owners, 1) > 1)
		return;
	close(lookup->fd);
	free(lookup);
}

/* Adds the address, unless it needs a scope: a URL cannot name such a one. */
static void add_address(struct list *list, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN];
	const void *bytes;
	bool is_v6 = address->sa_family == AF_INET6;

	if (is_v6) {
		const struct sockaddr_in6 *v6 = (const void *)address;

		if (v6->sin6_scope_id != 0)
			return;
		bytes = &v6->sin6_addr;
	} else if (address->sa_family == AF_INET) {
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	} else {
		return;
	}
	if (list->n == TW_NAME_ADDRESSES_MAX ||
		inet_ntop(address->sa_family, bytes, text, sizeof(text)) == NULL)
		return;
	snprintf(list->text[list->n++], ADDRESS_SIZE, is_v6 ? "[%s]" : "%s", text);
}

static void *run_lookup(void *ctx)
{
	static const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	static const uint64_t one = 1;
	struct lookup *lookup = ctx;
	struct addrinfo *list = NULL;
	ssize_t n_written;

	lookup->error = getaddrinfo(lookup->host, NULL, &hints, &list);
	lookup->error_errno = errno;
	if (lookup->error == 0) {
		for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
			add_address(&lookup->list, a->ai_addr);
		freeaddrinfo(list);
		if (lookup->list.n == 0)
			lookup->error = EAI_NONAME;
	}
	atomic_store(&lookup->is_done, true);
	n_written = write(lookup->fd, &one, sizeof(one));
	assert(n_written == sizeof(one)); /* an eventfd that was never written before has room */
	(void)n_written;
	let_go(lookup);
	return NULL;
}

static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, old;
	int r;

	r = pthread_attr_init(&attributes);
	if (r != 0)
		return -r;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	/* Signals are to be handled by the loop. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&thread, &attributes, run_lookup, lookup);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	return -r;
}

/* Whether a name server answered, as opposed to a lookup that failed on the way. */
static bool is_answer(int error)
{
	switch (error) {
	case 0:
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return true;
	default:
		return false;
	}
}

/* Takes over a list, rotated so that its address number first comes first. */
static void set_addresses(struct tw_name *name, const struct list *list, uint32_t first)
{
	struct list old = *list;
	size_t len = 0;

	name->list.n = old.n;
	name->addresses[0] = '\0';
	for (uint32_t i = 0; i < old.n; i++) {
		memcpy(name->list.text[i], old.text[(first + i) % old.n], ADDRESS_SIZE);
		len += (size_t)snprintf(name->addresses + len, ADDRESSES_SIZE - len, "%s%s",
			i > 0 ? "," : "", name->list.text[i]);
	}
}

/* The number that the address in use has in a new list, or 0. */
static uint32_t find_address(const struct tw_name *name, const struct list *list)
{
	for (uint32_t i = 0; name->list.n > 0 && i < list->n; i++) {
		if (strcmp(list->text[i], name->list.text[0]) == 0)
			return i;
	}
	return 0;
}

static void forget_addresses(struct tw_name *name)
{
	name->list.n = 0;
	name->addresses[0] = '\0';
}

static void take_result(struct tw_name *name, const struct lookup *lookup)
{
	int64_t now_us = tw_loop_now(name->loop);

	name->tried_us = now_us;
	if (lookup->error == 0) {
		name->good_us = now_us;
		set_addresses(name, &lookup->list, find_address(name, &lookup->list));
		name->error[0] = '\0';
		return;
	}
	if (is_answer(lookup->error) || now_us - name->good_us > TW_NAME_STALE_US)
		forget_addresses(name);
	snprintf(name->error, sizeof(name->error), "host name %s: %s",
		is_answer(lookup->error) ? "not found" : "not resolved",
		lookup->error == EAI_SYSTEM ? strerror(lookup->error_errno)
					    : gai_strerror(lookup->error));
}

static void on_done(void *ctx, int fd, int events)
{
	struct tw_name *name = ctx;
	struct lookup *lookup = name->lookup;

	(void)fd;
	(void)events;
	if (!atomic_load(&lookup->is_done))
		return;
	tw_loop_remove_fd(name->watch);
	name->watch = NULL;
	name->lookup = NULL;
	take_result(name, lookup);
	let_go(lookup);
	name->fn(name->ctx);
}

/* Starts a lookup unless one is under way. Returns 0 or a negative errno. */
static int refresh(struct tw_name *name)
{
	size_t size = strlen(name->host) + 1;
	struct lookup *lookup;
	int r;

	if (name->lookup != NULL)
		return 0;
	lookup = calloc(1, sizeof(*lookup) + size);
	if (lookup == NULL)
		return -ENOMEM;
	memcpy(lookup->host, name->host, size);
	atomic_init(&lookup->n_owners, 1);
	lookup->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lookup->fd < 0) {
		r = -errno;
		free(lookup);
		return r;
	}
	r = tw_loop_add_fd(name->loop, lookup->fd, TW_LOOP_READ, on_done, name, &name->watch);
	if (r < 0)
		goto fail;
	atomic_store(&lookup->n_owners, 2);
	r = start_thread(lookup);
	if (r < 0) {
		atomic_store(&lookup->n_owners, 1);
		goto fail;
	}
	name->lookup = lookup;
	return 0;
fail:
	tw_loop_remove_fd(name->watch);
	name->watch = NULL;
	let_go(lookup);
	return r;
}

int tw_name_create(struct tw_loop *loop, const char *host, tw_name_fn *fn, void *ctx,
	struct tw_name **ret_name)
{
	size_t size = strlen(host) + 1;
	struct tw_name *name = calloc(1, sizeof(*name) + size);

	if (name == NULL)
		return -ENOMEM;
	name->loop = loop;
	name->fn = fn;
	name->ctx = ctx;
	memcpy(name->host, host, size);
	*ret_name = name;
	return 0;
}

void tw_name_destroy(struct tw_name *name)
{
	if (name == NULL)
		return;
	tw_loop_remove_fd(name->watch);
	if (name->lookup != NULL)
		let_go(name->lookup);
	free(name);
}

int tw_name_want(struct tw_name *name)
{
	int64_t now_us = tw_loop_now(name->loop);

	if (now_us - name->good_us > TW_NAME_STALE_US)
		forget_addresses(name);
	if (name->list.n == 0) {
		int r = refresh(name);

		return r < 0 ? r : TW_NAME_PENDING;
	}
	/* A lookup that cannot be started is tried again by the next call. */
	if (now_us - name->tried_us > TW_NAME_FRESH_US)
		refresh(name);
	return TW_NAME_KNOWN;
}

void tw_name_doubt(struct tw_name *name)
{
	if (name->list.n > 1)
		set_addresses(name, &name->list, 1);
	if (tw_loop_now(name->loop) - name->tried_us > TW_NAME_DOUBT_US)
		refresh(name);
}

const char *tw_name_addresses(const struct tw_name *name)
{
	return name->addresses;
}

const char *tw_name_error(const struct tw_name *name)
{
	return name->error;
}
