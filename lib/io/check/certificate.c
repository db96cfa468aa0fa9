/* See certificate.h. */
#include "io/check/certificate.h"
#include "base/sha256.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* The certificate in PEM form, which libcurl keeps; or NULL. The first one is the server's own. */
static const char *find_pem(void *easy)
{
	static const char label[] = "Cert:";
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL ||
		info->num_of_certs < 1)
		return NULL;
	for (const struct curl_slist *entry = info->certinfo[0]; entry != NULL;
		entry = entry->next) {
		if (strncmp(entry->data, label, strlen(label)) == 0)
			return entry->data + strlen(label);
	}
	return NULL;
}

/* The value of a digit of base64, or -1. */
static int digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* Decodes base64 up to its end. der has room for as many bytes as text has. */
static size_t decode(const char *text, uint8_t *der)
{
	uint32_t bits = 0;
	int n_bits = 0;
	size_t len = 0;

	for (; *text != '\0' && *text != '=' && *text != '-'; text++) {
		int value = digit(*text);

		if (value < 0)
			continue; /* the end of a line */
		bits = bits << 6 | (uint32_t)value;
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			der[len++] = (uint8_t)(bits >> n_bits);
		}
	}
	return len;
}

bool tw_certificate_fingerprint(void *easy, struct tw_hash *ret_hash)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *pem = find_pem(easy);
	uint8_t *der;
	size_t len;

	pem = pem == NULL ? NULL : strstr(pem, begin);
	if (pem == NULL)
		return false;
	pem += strlen(begin);
	der = malloc(strlen(pem) + 1);
	if (der == NULL)
		return false;
	len = decode(pem, der);
	tw_sha256(der, len, ret_hash);
	free(der);
	return len > 0;
}
