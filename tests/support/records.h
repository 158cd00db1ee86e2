// Records for tests, from protobuf's text format.
#pragma once

#include <google/protobuf/text_format.h>

#include <string>

#include "ledger/check.h"
#include "plenary/v1/record.pb.h"

namespace plenary::testing {

// A record as the text format has it; CHECKs that it parses.
inline v1::Record RecordFrom(const std::string& text) {
  v1::Record record;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &record)) << text;
  return record;
}

}  // namespace plenary::testing
