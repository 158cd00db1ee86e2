#include "bench/limits.h"

#include <fcntl.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "bench/load.h"
#include "certs/key_file.h"
#include "ledger/digest.h"
#include "ledger/signature.h"

namespace plenary::bench {
namespace {

constexpr size_t kRecordBytes = 700;
constexpr double kSeconds = 0.5;

// How often `work` runs in a second.
template <typename Work>
double PerSecond(Work work) {
  uint64_t runs = 0;
  double seconds = 0;
  while (seconds < kSeconds) {
    seconds += SecondsOf([&] {
      for (int i = 0; i < 16; ++i) work();
    });
    runs += 16;
  }
  return static_cast<double>(runs) / seconds;
}

}  // namespace

double SignatureChecksPerSecond() {
  const certs::Secret pem = certs::GenerateKey(Algorithm::kEd25519);
  const std::unique_ptr<Signer> signer = Must(SignerFromPem(pem.view()));
  const std::string message(kRecordBytes, 'm');
  const std::string signature = signer->Sign(message);
  return PerSecond([&] {
    if (!signer->public_key().Verify(message, signature).ok()) {
      Must(absl::InternalError("a good signature was refused"));
    }
  });
}

double HashesPerSecond() {
  std::string message(kRecordBytes, 'm');
  return PerSecond([&] { message[0] = static_cast<char>(Sha256(message).bytes()[0]); });
}

double SyncsPerSecond(const std::string& folder) {
  const std::string path = folder + "/syncs";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) Must(absl::InternalError("no file " + path));
  const std::string page(4096, 'p');
  const double rate = PerSecond([&] {
    if (write(file, page.data(), page.size()) < 0 || fdatasync(file) != 0) {
      Must(absl::InternalError("write to " + path));
    }
  });
  close(file);
  unlink(path.c_str());
  return rate;
}

}  // namespace plenary::bench
