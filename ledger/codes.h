// Codes that others keep: countries, languages, currencies.
//
// Sources: ISO 3166-1 alpha-2 (the officially assigned codes), BCP 47 (RFC 5646, section 2.1:
// well-formed, not looked up in the registry), ISO 4217 (form only).
#pragma once

#include "absl/strings/string_view.h"

namespace plenary {

// "BR": an assigned code, upper case. A state need not be a member.
bool IsCountry(absl::string_view code);

// "pt", "zh-Hans", "sr-Latn-RS": well-formed; letters of either case.
bool IsLanguage(absl::string_view tag);

// "BRL": three upper-case letters.
bool IsCurrency(absl::string_view code);

}  // namespace plenary
