/* See handle.h. */
#include "io/check/handle.h"
#include <curl/curl.h>
#include <sys/socket.h>

enum {
	READ_SIZE = 4096,      /* most replies are shorter; each transfer has so much memory */
	CONNECTION_AGE_S = 60, /* so that a change of the host's addresses is noticed */
};

#define SET(option, value) TW_HANDLE_SET(easy, option, value)

bool tw_handle_is_own(const struct tw_node_conf *node)
{
	return node->url.is_tls || node->user[0] != '\0' || node->proxy[0] != '\0';
}

/* Sockets that libcurl opens itself are inherited by programs started from this process. */
static curl_socket_t on_open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)ctx;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		address->protocol);
}

static CURLcode set_options(CURL *easy, struct tw_multi *multi, const struct tw_node_conf *node)
{
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	SET(CURLOPT_CLOSESOCKETFUNCTION, tw_multi_close_socket);
	SET(CURLOPT_CLOSESOCKETDATA, multi);
	SET(CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	SET(CURLOPT_QUICK_EXIT, 1L);
#endif
	SET(CURLOPT_PROXY, node->proxy);
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "tipwatch/" TW_VERSION);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_BUFFERSIZE, (long)READ_SIZE);
	/* Numbers do not change, and fetches give the addresses of names: only the name of
	 * a proxy is looked up by libcurl, which otherwise looks through all it knows for old ones.
	 */
	if (node->proxy[0] == '\0')
		SET(CURLOPT_DNS_CACHE_TIMEOUT, -1L);
	SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_AGE_S);
	if (node->ca_file[0] != '\0') {
		SET(CURLOPT_CAINFO, node->ca_file);
		SET(CURLOPT_CAPATH, NULL); /* this authority instead of the system's */
	}
	if (node->tls_cert[0] != '\0') {
		SET(CURLOPT_SSLCERT, node->tls_cert);
		SET(CURLOPT_SSLKEY, node->tls_key);
	}
	if (node->user[0] != '\0') {
		SET(CURLOPT_USERNAME, node->user);
		SET(CURLOPT_PASSWORD, node->password);
		SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_NONE);
	}
	return bad;
}

void *tw_handle_create(struct tw_multi *multi, const struct tw_node_conf *node)
{
	CURL *easy = curl_easy_init();

	if (easy == NULL || set_options(easy, multi, node) == CURLE_OK)
		return easy;
	curl_easy_cleanup(easy);
	return NULL;
}
