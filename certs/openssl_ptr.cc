#include "certs/openssl_ptr.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace plenary::certs {

void OpenSslFree::operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
void OpenSslFree::operator()(ASN1_TIME* time) const { ASN1_TIME_free(time); }
void OpenSslFree::operator()(BIGNUM* number) const { BN_free(number); }
void OpenSslFree::operator()(BIO* bio) const { BIO_free_all(bio); }
void OpenSslFree::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void OpenSslFree::operator()(X509* certificate) const { X509_free(certificate); }
void OpenSslFree::operator()(X509_NAME* name) const { X509_NAME_free(name); }
void OpenSslFree::operator()(X509_STORE* store) const { X509_STORE_free(store); }
void OpenSslFree::operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }

OpenSslErrors::OpenSslErrors() { ERR_set_mark(); }
OpenSslErrors::~OpenSslErrors() { ERR_pop_to_mark(); }

std::string OpenSslErrors::Text() const {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason == nullptr ? "unknown error" : reason;
}

}  // namespace plenary::certs
