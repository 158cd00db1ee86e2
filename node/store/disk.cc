#include "node/store/disk.h"

#include <rocksdb/env.h>

namespace plenary::node {

rocksdb::Env* SystemDisk() { return rocksdb::Env::Default(); }

}  // namespace plenary::node
