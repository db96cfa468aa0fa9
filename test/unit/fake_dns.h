/*
 * Name servers for tests, in place of the C library's getaddrinfo() for the whole process (libcurl
 * included): names that hang, fail or have given addresses. Numeric hosts go to the real one.
 */
#ifndef TW_TEST_FAKE_DNS_H
#define TW_TEST_FAKE_DNS_H

#include "base/time.h"

/* host has these addresses (numeric, separated by commas) ... */
void fake_dns_set(const char *host, const char *addresses);
/* ... or looking it up fails with this EAI_ code ... */
void fake_dns_fail(const char *host, int error);
/* ... or does not return before fake_dns_release(), and then fails. Other names fail. */
void fake_dns_hang(const char *host);
void fake_dns_release(void);
/* Forgets all names and counts. No lookup may be under way. */
void fake_dns_reset(void);
int fake_dns_lookups(void); /* of names, since the reset */
int fake_dns_running(void);
/* Waits until as many lookups are under way. Fails the test after 20 s. */
void fake_dns_wait_running(int n);

/* Sets the loop's clock forward, as if the machine had been suspended. */
void fake_clock_advance(int64_t us);

#endif
