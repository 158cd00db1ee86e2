// Answers to the questions that expected.json asks, from records alone.
//
// A key names a question; dates, years, codes and numbers in it are parameters:
//
//   <kind>_total, counts, <kind>_by_<field>       how many, of each value; <kind> as in a source's
//                                                 file names, documents for declarations
//   meetings_in_year                              by the year in which they begin
//   ministerials_by_host, calls_by_agency, open_actions_by_owner
//   held_virtual, host_differs_from_chair, date_not_to_the_day, attended_by_new_members
//   disputed_<kind>, unverified_<kind>            with claims; with confidence unverified
//   missing_ordinals                              1 to the highest of each series and body
//   ministerials_without_document                 held, and no text comes from it
//   documents_in_force, documents_not_adopted_by_states, superseding
//   documents_with_period_covering_<year>
//   projects_with_<country>_partner, funded_projects_without_call,
//   funded_projects_below_<number>_countries
//   <nationality>_windows_total_<currency>        sum of a country's national windows
//   members_on_<year>_<month>_<day>
//
// Answers name records by the source's ids.
#pragma once

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "plenary/v1/record.pb.h"

namespace plenary {

// The answer to the question `key` over the newest revisions `records`. Lists are sorted. Fails
// with BAD_REQUEST for a key that is none of the above. Thread-safe.
absl::StatusOr<nlohmann::json> Answer(absl::string_view key, absl::Span<const v1::Record> records);

}  // namespace plenary
