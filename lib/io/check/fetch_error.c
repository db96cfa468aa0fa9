/* See fetch_error.h. */
#include "io/check/fetch_error.h"
#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void say(char detail[TW_DETAIL_MAX], const char *prefix, const char *text)
{
	snprintf(detail, TW_DETAIL_MAX, "%s%s", prefix, text);
	/* The text may quote the server. */
	for (char *c = detail; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	if (prefix[0] == '\0' && isupper((unsigned char)detail[0]) &&
		!isupper((unsigned char)detail[1]))
		detail[0] = (char)tolower((unsigned char)detail[0]);
}

/* libcurl's message, or else its general description of the code. */
static const char *words(int code, const char *message)
{
	return message[0] != '\0' ? message : curl_easy_strerror((CURLcode)code);
}

static enum tw_result judge_connect(int os_errno, char detail[TW_DETAIL_MAX])
{
	switch (os_errno) {
	case ECONNRESET:
		say(detail, "", "connection reset while connecting");
		return TW_RESULT_RESET;
	case ETIMEDOUT:
		say(detail, "", "no answer to connecting");
		return TW_RESULT_TIMEOUT;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		say(detail, "tipwatch cannot open a socket: ", strerror(os_errno));
		return TW_RESULT_REFUSED;
	case 0:
		say(detail, "", "cannot connect");
		return TW_RESULT_REFUSED;
	default:
		say(detail, "", strerror(os_errno));
		return TW_RESULT_REFUSED;
	}
}

/* text without the prefix, if it begins with it. */
static const char *skip(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : text;
}

static enum tw_result judge_certificate(const char *message, char detail[TW_DETAIL_MAX])
{
	say(detail, "certificate: ", skip(skip(message, "SSL certificate problem: "), "SSL: "));
	return TW_RESULT_TLS;
}

/*
 * How OpenSSL tells that the server wants a certificate of the client, or another one. With TLS 1.3
 * the client learns of it only when it reads the reply.
 */
static bool is_about_own_certificate(const char *message)
{
	return strstr(message, "alert certificate required") != NULL ||
	       strstr(message, "alert unknown ca") != NULL ||
	       strstr(message, "alert bad certificate") != NULL ||
	       strstr(message, "alert certificate unknown") != NULL ||
	       strstr(message, "alert certificate expired") != NULL;
}

static enum tw_result judge_own_certificate(const char *message, char detail[TW_DETAIL_MAX])
{
	bool has_none = strstr(message, "required") != NULL;

	say(detail, "TLS: ",
		has_none ? "the server wants a certificate of the client: tls_cert, tls_key"
			 : "the server does not accept the certificate of tls_cert");
	return TW_RESULT_TLS;
}

static enum tw_result judge_handshake(int os_errno, const char *message, char detail[TW_DETAIL_MAX])
{
	if (os_errno == ECONNRESET) {
		say(detail, "", "connection reset during the TLS handshake");
		return TW_RESULT_RESET;
	}
	/* How OpenSSL calls an unexpected end of the connection, before and since 3.0. */
	if (strstr(message, "SSL_ERROR_SYSCALL") != NULL ||
		strstr(message, "unexpected eof") != NULL) {
		say(detail, "", "connection closed during the TLS handshake");
		return TW_RESULT_RESET;
	}
	if (is_about_own_certificate(message))
		return judge_own_certificate(message, detail);
	/* With TLS 1.2 nothing more is told to a client that has no certificate. */
	if (strstr(message, "alert handshake failure") != NULL)
		message = "the server refuses the handshake; it may want a certificate of the "
			  "client: tls_cert, tls_key";
	say(detail, "TLS: ", message);
	return TW_RESULT_TLS;
}

static enum tw_result judge_broken(
	int os_errno, bool is_tls, const char *message, char detail[TW_DETAIL_MAX])
{
	if (is_tls && is_about_own_certificate(message))
		return judge_own_certificate(message, detail);
	if (os_errno == 0 && !is_tls) {
		/* No system call failed: libcurl did not understand what it read. */
		say(detail, "not HTTP: ", message);
		return TW_RESULT_BAD_REPLY;
	}
	if (os_errno == 0 || os_errno == ECONNRESET || os_errno == EPIPE)
		say(detail, "", "connection reset");
	else
		say(detail, "connection lost: ", strerror(os_errno));
	return TW_RESULT_RESET;
}

/* What a SOCKS proxy says, or why it cannot be used. */
static enum tw_result judge_proxy(int proxy_code, const char *message, char detail[TW_DETAIL_MAX])
{
	switch (proxy_code) {
	case CURLPX_REPLY_TTL_EXPIRED:
		say(detail, "", "proxy: the daemon does not answer in time");
		return TW_RESULT_TIMEOUT;
	case CURLPX_REPLY_CONNECTION_REFUSED:
		say(detail, "", "proxy: connection refused by the daemon");
		break;
	case CURLPX_REPLY_HOST_UNREACHABLE:
		say(detail, "", "proxy: the daemon's host cannot be reached");
		break;
	case CURLPX_REPLY_NETWORK_UNREACHABLE:
		say(detail, "", "proxy: the daemon's network cannot be reached");
		break;
	case CURLPX_REPLY_NOT_ALLOWED:
		say(detail, "", "proxy: it does not allow this connection");
		break;
	case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
		say(detail, "", "proxy: it could not connect to the daemon");
		break;
	case CURLPX_BAD_VERSION:
		say(detail, "", "proxy: the server there is no SOCKS proxy");
		break;
	case CURLPX_NO_AUTH:
		say(detail, "", "proxy: it wants a user and a password");
		break;
	case CURLPX_RESOLVE_HOST:
		say(detail, "proxy: ", message);
		return TW_RESULT_RESOLVE;
	default:
		say(detail, "proxy: ", message);
		break;
	}
	return TW_RESULT_REFUSED;
}

static enum tw_result judge_connect_through(
	const struct tw_fetch_error *error, char detail[TW_DETAIL_MAX])
{
	char why[TW_DETAIL_MAX];
	enum tw_result result = judge_connect(error->os_errno, why);

	say(detail, error->has_proxy ? "proxy: " : "", why);
	return result;
}

enum tw_result tw_fetch_error_judge(const struct tw_fetch_error *error, char detail[TW_DETAIL_MAX])
{
	int os_errno = error->os_errno;
	const char *message = error->message;

	/* code is an int, because the codes that exist depend on the version of libcurl. */
	switch (error->code) {
	case CURLE_COULDNT_CONNECT:
		return judge_connect_through(error, detail);
	case CURLE_PROXY:
		return judge_proxy(error->proxy_code, words(error->code, message), detail);
	case CURLE_COULDNT_RESOLVE_PROXY:
		say(detail, "", "proxy: its host name is not resolved");
		return TW_RESULT_RESOLVE;
	case CURLE_OPERATION_TIMEDOUT:
		say(detail, "", "no answer in time");
		return TW_RESULT_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
		say(detail, "", "host name not resolved");
		return TW_RESULT_RESOLVE;
	case CURLE_PEER_FAILED_VERIFICATION:
		return judge_certificate(words(error->code, message), detail);
	case CURLE_SSL_CONNECT_ERROR:
		return judge_handshake(os_errno, words(error->code, message), detail);
	case CURLE_SSL_CACERT_BADFILE:
		say(detail, "cannot use ca_file ",
			skip(words(error->code, message), "error setting certificate file: "));
		return TW_RESULT_TLS;
	case CURLE_SSL_CERTPROBLEM:
		say(detail, "cannot use tls_cert and tls_key: ", words(error->code, message));
		return TW_RESULT_TLS;
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_SHUTDOWN_FAILED:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_USE_SSL_FAILED:
		say(detail, "TLS: ", words(error->code, message));
		return TW_RESULT_TLS;
	case CURLE_GOT_NOTHING:
		say(detail, "", "connection closed without an answer");
		return TW_RESULT_RESET;
	case CURLE_PARTIAL_FILE:
		say(detail, "", "connection closed before the end of the answer");
		return TW_RESULT_RESET;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		return judge_broken(os_errno, error->is_tls, words(error->code, message), detail);
	case CURLE_UNSUPPORTED_PROTOCOL: /* a reply without a status line (HTTP/0.9) */
	case CURLE_WEIRD_SERVER_REPLY:
		say(detail, "", "the answer is not HTTP");
		return TW_RESULT_BAD_REPLY;
	case CURLE_OUT_OF_MEMORY: /* also means that a header line is too long */
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
#endif
	case CURLE_FILESIZE_EXCEEDED:
		say(detail, "", "the answer is too long");
		return TW_RESULT_TOO_LARGE;
	default:
		say(detail, "", words(error->code, message));
		return TW_RESULT_BAD_REPLY;
	}
}
