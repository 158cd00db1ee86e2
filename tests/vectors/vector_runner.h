// Runs files of test vectors: each {"kind", "source", "note", "cases": [...]}, by kind, case by case.
//
// A kind is a function from one case to a verdict. Files of kinds say what they know by adding to
// the table; main() walks a folder. ./run vectors DIR is this program.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace plenary::vectors {

// Empty if the case came out as it says; else what was expected and what came.
using Verdict = std::string;

// One case. `folder` is that of the file, for cases that name further files.
using CaseFunction = std::function<Verdict(const nlohmann::json& test_case, const std::string& folder)>;

// From "kind" to what runs its cases.
using KindTable = std::map<std::string, CaseFunction>;

// One function per family of kinds; vector_main.cc calls them all.
void AddTreeKinds(KindTable& table);       // merkle, notes, checkpoints, tiles, tlog-proof
void AddSignatureKinds(KindTable& table);  // dsse, ed25519, keys, signatures, envelopes, scan, names
void AddTrustKinds(KindTable& table);      // rosters, cards, possession, quorum, statements, evidence
void AddJudgingKinds(KindTable& table);    // manifests, records, judging, views
void AddProofKinds(KindTable& table);      // proofs

// Compares what a case expects ("accept" or "reject") with what happened. `why` is the error's text.
Verdict Expect(const nlohmann::json& test_case, bool accepted, const std::string& why);

// The bytes of a field "x_b64" or "x_hex".
std::string Bytes(const nlohmann::json& test_case, const std::string& field);

}  // namespace plenary::vectors
