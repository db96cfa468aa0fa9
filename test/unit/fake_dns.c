/* See fake_dns.h. */
#include "fake_dns.h"
#include "base/result.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ENTRIES_MAX = 16, WAIT_S = 20 };

struct entry {
	char host[256];
	char addresses[256];
	int error;
	bool hangs;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct entry entries[ENTRIES_MAX];
static size_t n_entries;
static int n_lookups, n_running;
static bool is_released;
static _Atomic int64_t clock_offset_us;

static struct entry *find(const char *host)
{
	for (size_t i = 0; i < n_entries; i++) {
		if (strcmp(entries[i].host, host) == 0)
			return &entries[i];
	}
	return NULL;
}

static void set(const char *host, const char *addresses, int error, bool hangs)
{
	struct entry *entry;

	pthread_mutex_lock(&lock);
	entry = find(host);
	if (entry == NULL) {
		assert_true(n_entries < ENTRIES_MAX);
		entry = &entries[n_entries++];
		(void)snprintf(entry->host, sizeof(entry->host), "%s", host);
	}
	(void)snprintf(entry->addresses, sizeof(entry->addresses), "%s", addresses);
	entry->error = error;
	entry->hangs = hangs;
	is_released = false;
	pthread_mutex_unlock(&lock);
}

void fake_dns_set(const char *host, const char *addresses)
{
	set(host, addresses, 0, false);
}

void fake_dns_fail(const char *host, int error)
{
	set(host, "", error, false);
}

void fake_dns_hang(const char *host)
{
	set(host, "", EAI_AGAIN, true);
}

void fake_dns_release(void)
{
	pthread_mutex_lock(&lock);
	is_released = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

void fake_dns_reset(void)
{
	pthread_mutex_lock(&lock);
	assert_int_equal(n_running, 0);
	n_entries = 0;
	n_lookups = 0;
	is_released = false;
	pthread_mutex_unlock(&lock);
}

static int read_count(const int *count)
{
	int n;

	pthread_mutex_lock(&lock);
	n = *count;
	pthread_mutex_unlock(&lock);
	return n;
}

int fake_dns_lookups(void)
{
	return read_count(&n_lookups);
}

int fake_dns_running(void)
{
	return read_count(&n_running);
}

void fake_dns_wait_running(int n)
{
	struct timespec end;
	int r = 0;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	pthread_mutex_lock(&lock);
	while (n_running != n && r == 0)
		r = pthread_cond_timedwait(&changed, &lock, &end);
	pthread_mutex_unlock(&lock);
	assert_int_equal(r, 0);
}

static void *next_symbol(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (symbol == NULL)
		abort();
	return symbol;
}

typedef int getaddrinfo_fn(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* Chains what the real one makes of each address, so that the real freeaddrinfo() can take it. */
static int answer(const char *addresses, const char *service, const struct addrinfo *hints,
	struct addrinfo **ret_list)
{
	getaddrinfo_fn *real = (getaddrinfo_fn *)next_symbol("getaddrinfo");
	struct addrinfo **end = ret_list;
	char copy[256], *rest = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", addresses);
	*ret_list = NULL;
	for (char *a = strtok_r(copy, ",", &rest); a != NULL; a = strtok_r(NULL, ",", &rest)) {
		int r = real(a, service, hints, end);

		if (r != 0)
			return r;
		while (*end != NULL)
			end = &(*end)->ai_next;
	}
	return *ret_list == NULL ? EAI_NONAME : 0;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
	struct addrinfo **ret_list)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	struct entry entry = { .error = EAI_NONAME };
	int r;

	if (host == NULL || inet_pton(AF_INET, host, bytes) == 1 ||
		inet_pton(AF_INET6, host, bytes) == 1)
		return ((getaddrinfo_fn *)next_symbol("getaddrinfo"))(
			host, service, hints, ret_list);
	pthread_mutex_lock(&lock);
	n_lookups++;
	n_running++;
	pthread_cond_broadcast(&changed);
	if (find(host) != NULL)
		entry = *find(host);
	while (entry.hangs && !is_released)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	r = entry.error != 0 ? entry.error : answer(entry.addresses, service, hints, ret_list);
	pthread_mutex_lock(&lock);
	n_running--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return r;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	long r = syscall(SYS_clock_gettime, clock, ts);
	int64_t offset_us = atomic_load(&clock_offset_us);

	if (r == 0 && clock == CLOCK_BOOTTIME) {
		ts->tv_sec += offset_us / TW_SEC;
		ts->tv_nsec += offset_us % TW_SEC * 1000;
		if (ts->tv_nsec >= 1000000000) {
			ts->tv_sec++;
			ts->tv_nsec -= 1000000000;
		}
	}
	return (int)r;
}

void fake_clock_advance(int64_t us)
{
	atomic_fetch_add(&clock_offset_us, us);
}
