// Which level each event of the node has in its log.
#pragma once

#include "node/log_lines.h"
#include "sync/effects.h"

namespace plenary::node {

// Writes `event` as one line; what others can provoke at will is limited (LogLines::WriteLimited).
// Thread-safe.
void WriteEvent(const sync::Event& event, LogLines& log);

}  // namespace plenary::node
