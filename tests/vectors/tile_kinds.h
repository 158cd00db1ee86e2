// Kinds about tlog-tiles; part of AddTreeKinds.
#pragma once

#include "tests/vectors/vector_runner.h"

namespace plenary::vectors {

void AddTileKinds(KindTable& table);

}  // namespace plenary::vectors
