// Owners of OpenSSL's objects, and its error queue kept clean.
//
// A leftover in OpenSSL's per-thread error queue makes a TLS connection of the same thread fail
// later, so every function that may fail in OpenSSL holds an OpenSslErrors.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>

namespace plenary::certs {

struct OpenSslFree {
  void operator()(ASN1_OBJECT* object) const;
  void operator()(ASN1_TIME* time) const;
  void operator()(BIGNUM* number) const;
  void operator()(BIO* bio) const;
  void operator()(EVP_PKEY* key) const;
  void operator()(X509* certificate) const;
  void operator()(X509_NAME* name) const;
  void operator()(X509_STORE* store) const;
  void operator()(X509_STORE_CTX* context) const;
};

template <typename T>
using Owned = std::unique_ptr<T, OpenSslFree>;

using BioPtr = Owned<BIO>;
using EvpKeyPtr = Owned<EVP_PKEY>;
using X509Ptr = Owned<X509>;
using X509StorePtr = Owned<X509_STORE>;
using X509StoreContextPtr = Owned<X509_STORE_CTX>;

// Takes the errors that OpenSSL queued in its lifetime off the queue again. One thread at a time.
class OpenSslErrors {
 public:
  OpenSslErrors();
  ~OpenSslErrors();
  OpenSslErrors(const OpenSslErrors&) = delete;
  OpenSslErrors& operator=(const OpenSslErrors&) = delete;
  // What OpenSSL says of the newest error, e.g. "wrong tag"; "unknown error" if it says nothing.
  std::string Text() const;
};

}  // namespace plenary::certs
