/* See fetch.h. */
#include "io/check/fetch.h"
#include "base/buf.h"
#include "base/hash.h"
#include "io/check/certificate.h"
#include "io/check/fetch_error.h"
#include "io/check/handle.h"
#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { RETRY_AFTER_MAX_S = 3600 };

#define SET(option, value) TW_HANDLE_SET(fetch->easy, option, value)

struct tw_fetch {
	struct tw_multi *multi;
	struct tw_multi_part *part;
	const struct tw_node_conf *node;
	tw_fetch_fn *fn;
	tw_loop_fn *dropped; /* NULL: it is not to be told */
	void *ctx;
	size_t max_reply;
	CURL *easy;                 /* NULL: it takes one of others when a check begins */
	struct curl_slist *resolve; /* the entry for the addresses below */
	char *addresses;            /* that libcurl was given; NULL: none */
	bool is_fresh;              /* its first request needs a new connection */
	bool has_begun;             /* a request was sent since it was last finished */
	bool is_added;              /* to the multi: running, or ended and not removed yet */
	long auth;                  /* CURLAUTH_… that the node wants, as far as known */
	int n_challenges;           /* replies with status 401 to this request */
	bool is_rejected;           /* the last of them, a digest's, was not to be answered */
	bool has_pin;               /* only the certificate with the fingerprint pin is right */
	struct tw_hash pin;
	bool is_looking; /* this transfer only looks at the certificate, and asks nothing */
	bool has_seen;   /* the certificate, its fingerprint being seen */
	struct tw_hash seen;
	bool is_connected;
	bool has_status_line;
	bool has_header; /* all of it */
	size_t header_len;
	struct tw_buf body;
	int64_t rtt_us;
	char error[CURL_ERROR_SIZE];
	char detail[TW_DETAIL_MAX];
};

static char expect[] = "Expect:", json[] = "Content-Type: application/json";
static struct curl_slist last_post_header = { .data = expect };
static struct curl_slist post_headers = { .data = json, .next = &last_post_header };

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct tw_fetch *fetch = ctx;

	tw_buf_append(&fetch->body, data, size * n);
	return fetch->body.error < 0 ? 0 : size * n;
}

static bool begins_with(const char *line, size_t len, const char *start)
{
	return len >= strlen(start) && strncasecmp(line, start, strlen(start)) == 0;
}

/* Whether a line of a header asks for a digest. */
static bool is_digest(const char *line, size_t len)
{
	static const char name[] = "WWW-Authenticate:";
	size_t at = strlen(name);

	if (!begins_with(line, len, name))
		return false;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return begins_with(line + at, len - at, "Digest");
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct tw_fetch *fetch = ctx;
	size_t len = size * n;

	fetch->header_len += len;
	if (fetch->header_len > TW_FETCH_HEADER_MAX)
		return 0;
	if (begins_with(data, len, "HTTP/")) {
		const char *status = memchr(data, ' ', len);

		fetch->has_status_line = true;
		fetch->has_header = false; /* of the reply after a 1xx or a 401 */
		if (status != NULL && begins_with(status, len - (size_t)(status - data), " 401"))
			fetch->n_challenges++;
	} else if (fetch->n_challenges > 1 && is_digest(data, len)) {
		/* libcurl by itself would answer a challenge that says stale=true, and so go on for
		 * as long as the server does. */
		fetch->is_rejected = true;
		return 0;
	} else if (len > 0 && (data[0] == '\r' || data[0] == '\n')) {
		fetch->has_header = true;
	}
	return len;
}

/* Whether a request may be sent to the server that the connection leads to. */
static bool may_ask(struct tw_fetch *fetch)
{
	long n_new = 0;

	if (!fetch->has_pin && !fetch->is_looking)
		return true;
	curl_easy_getinfo(fetch->easy, CURLINFO_NUM_CONNECTS, &n_new);
	if (n_new == 0)
		return !fetch->is_looking; /* a kept connection was judged when it was new */
	fetch->has_seen = tw_certificate_fingerprint(fetch->easy, &fetch->seen);
	return !fetch->is_looking && fetch->has_seen && tw_hash_equal(&fetch->seen, &fetch->pin);
}

static int on_connected(void *ctx, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct tw_fetch *fetch = ctx;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	fetch->is_connected = true;
	return may_ask(fetch) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static bool has_credentials(const struct tw_fetch *fetch)
{
	return fetch->node->user[0] != '\0';
}

static bool has_proxy(const struct tw_fetch *fetch)
{
	return fetch->node->proxy[0] != '\0';
}

static bool keeps_connection(const struct tw_fetch *fetch)
{
	return !fetch->is_fresh && tw_handle_is_own(fetch->node);
}

/*
 * Whether libcurl verifies certificates. Without that the certificate is looked at by may_ask(): it
 * is kept for that, and sessions are not, because the server of a resumed one shows none.
 */
static int set_verifying(struct tw_fetch *fetch, bool is_verifying)
{
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_SSL_VERIFYPEER, is_verifying ? 1L : 0L);
	SET(CURLOPT_SSL_VERIFYHOST, is_verifying ? 2L : 0L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, is_verifying ? 1L : 0L);
	SET(CURLOPT_CERTINFO, is_verifying ? 0L : 1L);
	return bad == CURLE_OK ? 0 : -ENOMEM;
}

/* Those that a handle which was taken from others has to have set anew. */
static int set_owner(struct tw_fetch *fetch)
{
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_PRIVATE, fetch);
	SET(CURLOPT_ERRORBUFFER, fetch->error);
	SET(CURLOPT_WRITEDATA, fetch);
	SET(CURLOPT_HEADERDATA, fetch);
	SET(CURLOPT_PREREQDATA, fetch);
	SET(CURLOPT_RESOLVE, fetch->resolve);
	/* A Content-Length beyond the limit ends the transfer at once; without one, on_body() does.
	 */
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)fetch->max_reply);
	return bad == CURLE_OK ? 0 : -ENOMEM;
}

/* The options that are the same for all, as the callbacks, or never change. */
static int set_options(struct tw_fetch *fetch)
{
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	return bad == CURLE_OK ? set_verifying(fetch, !fetch->has_pin) : -ENOMEM;
}

/*
 * Makes the handle ready, if there is none yet. Those of nodes about which libcurl learns nothing
 * differ in set_owner() alone, so that a few of them are enough, and fit into the processor's
 * cache.
 */
static int take_handle(struct tw_fetch *fetch)
{
	int r = 0;

	if (fetch->easy != NULL)
		return 0;
	if (!tw_handle_is_own(fetch->node))
		fetch->easy = tw_multi_take_spare(fetch->multi);
	if (fetch->easy == NULL) {
		fetch->easy = tw_handle_create(fetch->multi, fetch->node);
		r = fetch->easy == NULL ? -ENOMEM : set_options(fetch);
	}
	if (r == 0)
		r = set_owner(fetch);
	if (r < 0) {
		curl_easy_cleanup(fetch->easy);
		fetch->easy = NULL;
	}
	return r;
}

/* Puts the handle back where it may serve others. */
static void put_handle(struct tw_fetch *fetch)
{
	if (fetch->easy == NULL || tw_handle_is_own(fetch->node))
		return;
	curl_easy_setopt(fetch->easy, CURLOPT_ERRORBUFFER, NULL);
	tw_multi_put_spare(fetch->multi, fetch->easy);
	fetch->easy = NULL;
}

int tw_fetch_create(struct tw_multi *multi, const struct tw_node_conf *node, size_t max_reply,
	bool is_fresh, tw_fetch_fn *fn, void *ctx, struct tw_fetch **ret_fetch)
{
	struct tw_fetch *fetch;
	int r;

	fetch = calloc(1, sizeof(*fetch));
	if (fetch == NULL)
		return -ENOMEM;
	fetch->multi = multi;
	fetch->node = node;
	fetch->max_reply = max_reply;
	fetch->is_fresh = is_fresh;
	fetch->fn = fn;
	fetch->ctx = ctx;
	fetch->has_pin = tw_hash_parse_fingerprint(node->tls_fingerprint, &fetch->pin) == 0;
	tw_buf_init(&fetch->body, max_reply);
	r = tw_multi_join(multi, keeps_connection(fetch), &fetch->part);
	if (r == 0 && tw_handle_is_own(node))
		r = take_handle(fetch);
	if (r < 0) {
		tw_fetch_destroy(fetch);
		return r;
	}
	*ret_fetch = fetch;
	return 0;
}

static void let_go(struct tw_fetch *fetch)
{
	if (!fetch->is_added)
		return;
	tw_multi_remove(fetch->part, fetch->easy);
	fetch->is_added = false;
}

void tw_fetch_destroy(struct tw_fetch *fetch)
{
	if (fetch == NULL)
		return;
	let_go(fetch);
	tw_multi_forget_idle(fetch->multi, fetch);
	tw_multi_leave(fetch->part);
	curl_easy_cleanup(fetch->easy);
	curl_slist_free_all(fetch->resolve);
	tw_buf_finish(&fetch->body);
	free(fetch->addresses);
	free(fetch);
}

void tw_fetch_tell_dropped(struct tw_fetch *fetch, tw_loop_fn *fn)
{
	fetch->dropped = fn;
}

static void on_dropped(void *ctx)
{
	struct tw_fetch *fetch = ctx;

	fetch->dropped(fetch->ctx);
}

/* Gives libcurl the addresses, if they are not those of the last time. */
static int set_addresses(struct tw_fetch *fetch, const char *addresses)
{
	struct curl_slist *resolve;
	struct tw_buf entry;
	char *copy;

	if (addresses[0] == '\0' ||
		(fetch->addresses != NULL && strcmp(fetch->addresses, addresses) == 0))
		return 0;
	tw_buf_init(&entry, TW_HOST_MAX + sizeof(":65535:") + strlen(addresses));
	tw_buf_printf(&entry, "%s:%u:%s", fetch->node->url.host,
		(unsigned int)fetch->node->url.port, addresses);
	copy = strdup(addresses);
	resolve = entry.error < 0 ? NULL : curl_slist_append(NULL, tw_buf_str(&entry));
	tw_buf_finish(&entry);
	if (copy == NULL || resolve == NULL ||
		curl_easy_setopt(fetch->easy, CURLOPT_RESOLVE, resolve) != CURLE_OK) {
		free(copy);
		curl_slist_free_all(resolve);
		return -ENOMEM;
	}
	curl_slist_free_all(fetch->resolve);
	fetch->resolve = resolve;
	free(fetch->addresses);
	fetch->addresses = copy;
	return 0;
}

/* body is borrowed; NULL: a GET. */
static int set_request(
	struct tw_fetch *fetch, const char *path, const char *body, size_t len, int64_t timeout_us)
{
	char url[TW_URL_MAX + TW_RPC_PATH_MAX + 1];
	CURLcode bad = CURLE_OK;

	snprintf(url, sizeof(url), "%s%s", fetch->node->url.text, path);
	SET(CURLOPT_URL, url);
	/* A little beyond the deadline, so that the caller notices it first, and describes it. */
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout_us / TW_MS * 9 / 8 + 2));
	if (body != NULL) {
		SET(CURLOPT_HTTPHEADER, &post_headers);
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, body);
		SET(CURLOPT_POSTFIELDSIZE, (long)len);
	} else {
		SET(CURLOPT_HTTPHEADER, NULL);
		SET(CURLOPT_HTTPGET, 1L);
	}
	return bad == CURLE_OK ? 0 : -ENOMEM;
}

/* Sends the request that was set, for the first or the second time. */
static int send_request(struct tw_fetch *fetch)
{
	/* The following requests, and one that is sent again, use the connection of the first:
	 * monerod accepts a nonce only on the connection on which it was given. */
	long is_first = fetch->is_looking || (fetch->is_fresh && !fetch->has_begun) ? 1L : 0L;
	int r;

	let_go(fetch);
	if (curl_easy_setopt(fetch->easy, CURLOPT_FRESH_CONNECT, is_first) != CURLE_OK)
		return -ENOMEM;
	fetch->has_begun = true;
	fetch->is_connected = false;
	fetch->has_seen = false;
	fetch->has_status_line = false;
	fetch->has_header = false;
	fetch->header_len = 0;
	fetch->error[0] = '\0';
	tw_buf_clear(&fetch->body);
	r = tw_multi_add(fetch->part, fetch->easy);
	fetch->is_added = r == 0;
	return r;
}

/*
 * A certificate that was refused is fetched once more, only to tell the operator its fingerprint:
 * libcurl shows no certificates that it refuses.
 */
static int begin_look(struct tw_fetch *fetch)
{
	int r = set_verifying(fetch, false);

	fetch->is_looking = true;
	return r < 0 ? r : send_request(fetch);
}

static int end_look(struct tw_fetch *fetch)
{
	fetch->is_looking = false;
	return set_verifying(fetch, true);
}

static int start(struct tw_fetch *fetch, const char *path, const char *body, size_t len,
	const char *addresses, int64_t timeout_us)
{
	int r;

	let_go(fetch);
	fetch->n_challenges = 0;
	fetch->is_rejected = false;
	fetch->rtt_us = 0;
	r = take_handle(fetch);
	if (r == 0 && fetch->is_looking)
		r = end_look(fetch);
	if (r == 0)
		r = set_addresses(fetch, addresses);
	if (r == 0)
		r = set_request(fetch, path, body, len, timeout_us);
	return r < 0 ? r : send_request(fetch);
}

int tw_fetch_start(struct tw_fetch *fetch, const struct tw_rpc_request *request,
	const char *addresses, int64_t timeout_us)
{
	return start(fetch, request->path, request->is_post ? request->body : NULL,
		request->body_len, addresses, timeout_us);
}

int tw_fetch_post(struct tw_fetch *fetch, const char *path, const char *body, size_t len,
	const char *addresses, int64_t timeout_us)
{
	return start(fetch, path, body, len, addresses, timeout_us);
}

enum tw_fetch_phase tw_fetch_phase(const struct tw_fetch *fetch)
{
	if (!fetch->is_connected)
		return TW_FETCH_CONNECTING;
	return fetch->header_len == 0 ? TW_FETCH_WAITING : TW_FETCH_READING;
}

/* Leaves no connection behind that is not to be kept. */
static void end_connection(struct tw_fetch *fetch)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(fetch->easy, CURLINFO_ACTIVESOCKET, &fd);
	/*
	 * libcurl has no call to close one idle connection. After shutdown() libcurl finds it dead
	 * and closes it before the next use. Removing a running transfer closes its connection.
	 */
	if (fd != CURL_SOCKET_BAD && !keeps_connection(fetch))
		shutdown(fd, SHUT_RDWR);
	else if (fd != CURL_SOCKET_BAD && fetch->dropped != NULL)
		tw_multi_watch_idle(fetch->multi, fd, on_dropped, fetch);
}

void tw_fetch_finish(struct tw_fetch *fetch)
{
	fetch->has_begun = false;
	if (fetch->is_added)
		end_connection(fetch);
	let_go(fetch);
	put_handle(fetch);
	tw_buf_finish(&fetch->body);
	tw_buf_init(&fetch->body, fetch->max_reply);
}

/*
 * Whether to send the request once more, with credentials. libcurl by itself would either send an
 * empty POST before each request, to learn what the server wants (daemons do not expect that), or
 * the password in clear text where a digest is possible. So the first request has no credentials.
 * The 401 names the method, which is used from then on; for a digest, libcurl remembers the nonce
 * of the 401 and counts its uses.
 */
static bool wants_retry(struct tw_fetch *fetch, long status)
{
	long available = 0;

	if (status != 401 || !has_credentials(fetch) || fetch->n_challenges > 1)
		return false;
	curl_easy_getinfo(fetch->easy, CURLINFO_HTTPAUTH_AVAIL, &available);
	available &= (long)(CURLAUTH_DIGEST | CURLAUTH_BASIC);
	if ((available & (long)CURLAUTH_DIGEST) != 0)
		available = (long)CURLAUTH_DIGEST;
	else if (available == fetch->auth)
		return false; /* an old nonce can be replaced, but a wrong password stays wrong */
	if (available == 0 ||
		curl_easy_setopt(fetch->easy, CURLOPT_HTTPAUTH, available) != CURLE_OK)
		return false;
	fetch->auth = available;
	return true;
}

/* Adds the fingerprint that was seen to the detail, whose end is cut where that needs the room. */
static void tell_fingerprint(struct tw_fetch *fetch)
{
	static const char name[] = "; tls_fingerprint ";
	char why[TW_DETAIL_MAX], text[TW_HASH_HEX + 1];
	int room = TW_DETAIL_MAX - (int)sizeof(name) - TW_HASH_HEX;

	if (!fetch->has_seen)
		return;
	memcpy(why, fetch->detail, sizeof(why));
	tw_hash_format(&fetch->seen, text);
	snprintf(fetch->detail, sizeof(fetch->detail), "%.*s%s%s", room, why, name, text);
}

/* The server has not the certificate that the configuration demands, or it cannot be seen. */
static enum tw_result judge_pin(struct tw_fetch *fetch)
{
	snprintf(fetch->detail, sizeof(fetch->detail), "certificate: %s",
		fetch->has_seen ? "it is not the one of the configuration"
				: "this libcurl cannot show it, so that tls_fingerprint does not "
				  "work");
	tell_fingerprint(fetch);
	return TW_RESULT_TLS;
}

static enum tw_result judge(struct tw_fetch *fetch, CURLcode code)
{
	struct tw_fetch_error error = {
		.code = (int)code,
		.is_tls = fetch->node->url.is_tls,
		.has_proxy = has_proxy(fetch),
		.message = fetch->error,
	};
	long os_errno = 0, proxy_code = 0;

	if (fetch->is_rejected)
		return TW_RESULT_OK; /* its status says all */
	if (fetch->header_len > TW_FETCH_HEADER_MAX) {
		snprintf(fetch->detail, sizeof(fetch->detail),
			"header of the answer longer than %d bytes", TW_FETCH_HEADER_MAX);
		return TW_RESULT_TOO_LARGE;
	}
	if (fetch->body.error == -EMSGSIZE || code == CURLE_FILESIZE_EXCEEDED) {
		snprintf(fetch->detail, sizeof(fetch->detail),
			"answer longer than %zu bytes (max_reply)", fetch->body.cap);
		return TW_RESULT_TOO_LARGE;
	}
	/* libcurl takes a header that was cut off for a complete one. */
	if (code == CURLE_OK && !fetch->has_header)
		error.code = fetch->has_status_line ? CURLE_PARTIAL_FILE : CURLE_WEIRD_SERVER_REPLY;
	if (error.code == CURLE_OK)
		return TW_RESULT_OK;
	if (error.code == CURLE_ABORTED_BY_CALLBACK && fetch->has_pin)
		return judge_pin(fetch);
	curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(fetch->easy, CURLINFO_PROXY_ERROR, &proxy_code);
	error.os_errno = (int)os_errno;
	error.proxy_code = (int)proxy_code;
	return tw_fetch_error_judge(&error, fetch->detail);
}

void tw_fetch_on_done(void *owner, int code)
{
	struct tw_fetch *fetch = owner;
	struct tw_fetch_reply reply = { .detail = fetch->detail, .location = "" };
	curl_off_t time_us = 0, retry_after_s = 0;
	char *location = NULL;

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &reply.status);
	curl_easy_getinfo(fetch->easy, CURLINFO_TOTAL_TIME_T, &time_us);
	fetch->rtt_us += time_us;
	if (fetch->is_looking) {
		reply.result = TW_RESULT_TLS;
		tell_fingerprint(fetch);
	} else {
		fetch->detail[0] = '\0';
		reply.result = judge(fetch, (CURLcode)code);
		if (code == CURLE_PEER_FAILED_VERIFICATION && begin_look(fetch) == 0)
			return;
	}
	if (reply.result == TW_RESULT_OK && wants_retry(fetch, reply.status) &&
		send_request(fetch) == 0)
		return;
	reply.body = tw_buf_str(&fetch->body);
	reply.len = fetch->body.len;
	reply.rtt_us = fetch->rtt_us;
	curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &location);
	curl_easy_getinfo(fetch->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (location != NULL)
		reply.location = location;
	reply.retry_after_us = retry_after_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S * TW_SEC
								 : retry_after_s * TW_SEC;
	fetch->fn(fetch->ctx, &reply);
}
