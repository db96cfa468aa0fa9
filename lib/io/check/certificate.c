/* See certificate.h. */
#include "io/check/certificate.h"
#include <curl/curl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
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

bool tw_certificate_fingerprint(void *easy, struct tw_hash *ret_hash)
{
	const char *pem = find_pem(easy);
	BIO *bio = pem == NULL ? NULL : BIO_new_mem_buf(pem, -1);
	X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
	unsigned len = 0;
	bool is_known = certificate != NULL &&
			X509_digest(certificate, EVP_sha256(), ret_hash->bytes, &len) == 1;

	X509_free(certificate);
	BIO_free(bio);
	return is_known;
}
