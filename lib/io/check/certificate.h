/* The certificate that a server has shown to libcurl, and its fingerprint. */
#ifndef TW_IO_CHECK_CERTIFICATE_H
#define TW_IO_CHECK_CERTIFICATE_H

#include "base/hash.h"

/*
 * The SHA-256 of the certificate (its DER form) of the connection that easy, a handle of libcurl
 * with CURLOPT_CERTINFO, has made for its transfer. False: it made none but uses one that was
 * there, or this libcurl's TLS library shows no certificates.
 */
bool tw_certificate_fingerprint(void *easy, struct tw_hash *ret_hash);

#endif
