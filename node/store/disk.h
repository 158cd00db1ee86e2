// The machine's own disk.
#pragma once

namespace rocksdb {
class Env;
}

namespace plenary::node {

// Lives as long as the process. Thread-safe.
rocksdb::Env* SystemDisk();

}  // namespace plenary::node
