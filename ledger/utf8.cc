#include "ledger/utf8.h"

namespace plenary {
namespace {

struct LeadByte {
  int length;        // bytes in all; 0: not a lead byte
  int32_t bits;      // of the code point
  int32_t smallest;  // code point that needs this length
};

LeadByte ReadLead(uint8_t byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xC2 && byte < 0xE0) return {2, byte & 0x1F, 0x80};
  if (byte >= 0xE0 && byte < 0xF0) return {3, byte & 0x0F, 0x800};
  if (byte >= 0xF0 && byte < 0xF5) return {4, byte & 0x07, 0x10000};
  return {0, 0, 0};
}

}  // namespace

int32_t ConsumeCodePoint(absl::string_view& text) {
  const LeadByte lead = ReadLead(static_cast<uint8_t>(text[0]));
  if (lead.length == 0 || text.size() < static_cast<size_t>(lead.length)) return -1;
  int32_t point = lead.bits;
  for (int i = 1; i < lead.length; ++i) {
    const auto byte = static_cast<uint8_t>(text[static_cast<size_t>(i)]);
    if ((byte & 0xC0) != 0x80) return -1;
    point = point << 6 | (byte & 0x3F);
  }
  if (point < lead.smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return -1;
  text.remove_prefix(static_cast<size_t>(lead.length));
  return point;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    if (ConsumeCodePoint(text) < 0) return false;
  }
  return true;
}

std::string CleanUtf8(absl::string_view text, size_t most_bytes) {
  constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
  std::string clean;
  while (!text.empty()) {
    const absl::string_view before = text;
    absl::string_view point = kReplacement;
    if (ConsumeCodePoint(text) < 0) {
      text.remove_prefix(1);
    } else {
      point = before.substr(0, before.size() - text.size());
    }
    if (clean.size() + point.size() > most_bytes) break;
    clean.append(point.data(), point.size());
  }
  return clean;
}

}  // namespace plenary
