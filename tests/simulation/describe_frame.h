// A frame as one line of a trace.
#pragma once

#include <string>

#include "plenary/v1/replication_service.pb.h"

namespace plenary::testing {

// Its kind and what it says, for people; two frames with other bytes may look alike.
std::string DescribeFrame(const v1::Frame& frame);

}  // namespace plenary::testing
