// An administrator corrects a configuration file by what plenaryd --check says: a mistake that is
// not named, named at the wrong line, or only shown after the next start costs a night.
#include "node/config.h"

#include <fstream>

#include "certs/key_file.h"
#include "ledger/status.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace plenary::node {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr absl::string_view kGood = R"(federation = "sti.brics.example"
member = "br"
node = "node-1"
store = "store"
trust = "/etc/plenary/trust"
peer_listen = "0.0.0.0:7443"
operator_listen = "[::1]:7444"

[tls]
certificate = "tls/cert.pem"
key = "tls/key.pem"

[keys]
log = "keys/log.pem"
cosigner = "keys/cosigner.pem"
author = "keys/author.pem"

[roles]
"spiffe://br.sti.brics.example/operator/alice" = ["clerk", "auditor"]
"spiffe://in.sti.brics.example/operator/ravi" = "reader"

[peers]
in = "10.1.2.3:7443"
"za/node-2" = "[2001:db8::1]:7443"


[cache]
block_mib = 128
write_buffer_mib = 32

[log]
level = "debug"
file = "node.log"
)";

std::string WriteGood(const testing::TempDir& folder) {
  std::string path = folder.File("plenaryd.toml");
  std::ofstream(path) << kGood;
  return path;
}

std::string Replaced(absl::string_view from, absl::string_view to) {
  std::string text(kGood);
  const size_t at = text.find(std::string(from));
  CHECK_NE(at, std::string::npos);
  return text.replace(at, from.size(), std::string(to));
}

auto Problem(const std::string& key, int line, const std::string& text) {
  return AllOf(Field(&ConfigProblem::key, key), Field(&ConfigProblem::line, line),
               Field(&ConfigProblem::text, HasSubstr(text)));
}

TEST(Config, ReadsEveryKey) {
  const ConfigResult result = ParseConfig(kGood, "/srv/plenary");
  ASSERT_THAT(result.problems, IsEmpty()) << FormatProblems("f", result.problems);
  const Config& config = result.config;
  EXPECT_EQ(config.federation, "sti.brics.example");
  EXPECT_EQ(config.member, "br");
  EXPECT_EQ(config.node, "node-1");
  EXPECT_EQ(config.store, "/srv/plenary/store");
  EXPECT_EQ(config.trust, "/etc/plenary/trust");
  EXPECT_EQ(config.peer_listen, "0.0.0.0:7443");
  EXPECT_EQ(config.operator_listen, "[::1]:7444");
  EXPECT_EQ(config.tls_certificate, "/srv/plenary/tls/cert.pem");
  EXPECT_EQ(config.tls_key, "/srv/plenary/tls/key.pem");
  EXPECT_EQ(config.log_key, "/srv/plenary/keys/log.pem");
  EXPECT_EQ(config.cosigner_key, "/srv/plenary/keys/cosigner.pem");
  EXPECT_EQ(config.author_key, "/srv/plenary/keys/author.pem");
  EXPECT_EQ(config.block_cache_bytes, uint64_t{128} << 20);
  EXPECT_EQ(config.write_buffer_bytes, uint64_t{32} << 20);
  EXPECT_EQ(config.log_level, LogLevel::kDebug);
  EXPECT_EQ(config.log_file, "/srv/plenary/node.log");
  ASSERT_EQ(config.peers.size(), 2u);
  EXPECT_EQ(config.peers[0].member, "in");
  EXPECT_EQ(config.peers[0].node, "");
  EXPECT_EQ(config.peers[0].address, "10.1.2.3:7443");
  EXPECT_EQ(config.peers[1].member, "za");
  EXPECT_EQ(config.peers[1].node, "node-2");
  const Roles alice = config.roles.at("spiffe://br.sti.brics.example/operator/alice");
  EXPECT_TRUE(alice.Has(Role::kClerk) && alice.Has(Role::kAuditor) && alice.Has(Role::kReader));
  EXPECT_FALSE(alice.Has(Role::kAdmin));
  const Roles ravi = config.roles.at("spiffe://in.sti.brics.example/operator/ravi");
  EXPECT_TRUE(ravi.Has(Role::kReader));
  EXPECT_FALSE(ravi.Has(Role::kClerk) || ravi.Has(Role::kAuditor) || ravi.Has(Role::kAdmin));
}

TEST(Config, AFollowerBehindAFirewallNeedsLittle) {
  const ConfigResult result = ParseConfig(R"(federation = "a.example"
member = "br"
node = "n2"
store = "s"
trust = "t"
operator_listen = "localhost:7444"
tls = { certificate = "c", key = "k" }
)",
                                          "/x");
  ASSERT_THAT(result.problems, IsEmpty()) << FormatProblems("f", result.problems);
  EXPECT_EQ(result.config.peer_listen, "");
  EXPECT_EQ(result.config.log_key, "");
  EXPECT_TRUE(result.config.roles.empty());
}

TEST(Config, NamesEveryMistakeAtOnceByLine) {
  std::string text = Replaced("member = \"br\"", "member = \"BR\"");
  text.replace(text.find("10.1.2.3:7443"), 13, "10.1.2.3:74430");
  text.replace(text.find("certificate ="), 13, "certifcate =");
  const ConfigResult result = ParseConfig(text, "/x");
  EXPECT_THAT(
      result.problems,
      ElementsAre(Problem("member", 2, "got \"BR\""), Problem("tls.certificate", 9, "missing"),
                  Problem("tls.certifcate", 10, "did you mean \"certificate\"?"),
                  Problem("peers.in", 23, "expected host:port")));
}

TEST(Config, AnEmptyFileLacksEverythingThatIsNeeded) {
  std::vector<std::string> keys;
  for (const ConfigProblem& problem : ParseConfig("", "/x").problems) keys.push_back(problem.key);
  EXPECT_THAT(keys, UnorderedElementsAre("federation", "member", "node", "store", "trust",
                                         "operator_listen", "tls.certificate", "tls.key"));
}

struct Mistake {
  const char* name;
  const char* from;
  const char* to;
  const char* key;
  int line;
  const char* text;
};

class ConfigMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistake, IsNamedAlone) {
  const Mistake& mistake = GetParam();
  const ConfigResult result = ParseConfig(Replaced(mistake.from, mistake.to), "/x");
  EXPECT_THAT(result.problems, ElementsAre(Problem(mistake.key, mistake.line, mistake.text)))
      << FormatProblems("f", result.problems);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConfigMistake,
    ::testing::Values(
        Mistake{"no_toml", "member = \"br\"", "member = br", "", 2, "no TOML"},
        Mistake{"a_key_twice", "node = \"node-1\"", "member = \"in\"", "", 3, "no TOML"},
        Mistake{"federation", "sti.brics.example", "brics", "federation", 1, "two or more labels"},
        Mistake{"number_for_text", "\"node-1\"", "1", "node", 3, "got 1"},
        Mistake{"empty_text", "\"store\"", "\"\"", "store", 4, "got \"\""},
        Mistake{"no_port", "0.0.0.0:7443", "0.0.0.0", "peer_listen", 6, "host:port"},
        Mistake{"port_0", "0.0.0.0:7443", "0.0.0.0:0", "peer_listen", 6, "host:port"},
        Mistake{"port_65536", "0.0.0.0:7443", "h:65536", "peer_listen", 6, "host:port"},
        Mistake{"space_in_host", "0.0.0.0:7443", "a b:7443", "peer_listen", 6, "host:port"},
        Mistake{"one_port_for_both", "[::1]:7444", "0.0.0.0:7443", "operator_listen", 7,
                "another port"},
        Mistake{"text_for_table", "[cache]\nblock_mib = 128\nwrite_buffer_mib = 32\n", "[x]\n", "x",
                27, "unknown key"},
        Mistake{"log_key_alone", "cosigner = \"keys/cosigner.pem\"\n", "", "keys.cosigner", 14,
                "missing"},
        Mistake{"cosigner_alone", "log = \"keys/log.pem\"\n", "", "keys.log", 14, "missing"},
        Mistake{"unknown_role", "\"auditor\"]", "\"auditr\"]",
                "roles.spiffe://br.sti.brics.example/operator/alice", 19,
                "did you mean \"auditor\"?"},
        Mistake{"role_number", "= \"reader\"", "= 7",
                "roles.spiffe://in.sti.brics.example/operator/ravi", 20, "got 7"},
        Mistake{"no_roles", "[\"clerk\", \"auditor\"]", "[]",
                "roles.spiffe://br.sti.brics.example/operator/alice", 19, "got a list"},
        Mistake{"short_identity", "\"spiffe://in.sti.brics.example/operator/ravi\"", "ravi",
                "roles.ravi", 20, "full SPIFFE ID"},
        Mistake{"node_as_operator", "in.sti.brics.example/operator/ravi",
                "in.sti.brics.example/node/ravi", "roles.spiffe://in.sti.brics.example/node/ravi",
                20, "full SPIFFE ID"},
        Mistake{"other_federation", "in.sti.brics.example/operator/ravi",
                "in.other.example/operator/ravi", "roles.spiffe://in.other.example/operator/ravi",
                20, "got one of other.example"},
        Mistake{"peer_not_a_member", "in = \"10", "IN = \"10", "peers.IN", 23, "member's code"},
        Mistake{"peer_bad_node", "za/node-2", "za/", "peers.za/", 24, "member's code"},
        Mistake{"peer_itself", "in = \"10", "br = \"10", "peers.br", 23, "another node"},
        Mistake{"peer_number", "in = \"10.1.2.3:7443\"", "in = 7443", "peers.in", 23, "got 7443"},
        Mistake{"peers_as_list", "[peers]", "[[peers]]", "peers", 22, "[peers]"},
        Mistake{"cache_text", "block_mib = 128", "block_mib = \"128\"", "cache.block_mib", 28,
                "whole number"},
        Mistake{"cache_negative", "block_mib = 128", "block_mib = -1", "cache.block_mib", 28,
                "got -1"},
        Mistake{"cache_huge", "block_mib = 128", "block_mib = 9999999999", "cache.block_mib", 28,
                "got 9999999999"},
        Mistake{"level", "\"debug\"", "\"warn\"", "log.level", 32, "got \"warn\""},
        Mistake{"unknown_table", "[log]\nlevel", "[logs]\nlevel", "logs", 31,
                "did you mean \"log\"?"}),
    [](const ::testing::TestParamInfo<Mistake>& each) { return each.param.name; });

TEST(Config, HostileTextDoesNotReachTheTerminalAsItIs) {
  const ConfigResult result =
      ParseConfig(Replaced("member = \"br\"", "member = \"\\u001b[2J\\u202e\""), "/x");
  EXPECT_THAT(FormatProblems("f", result.problems), ::testing::Not(HasSubstr("\x1b")));
}

TEST(Config, AMissingFileIsAProblemWithItsName) {
  const ConfigResult result = LoadConfig("/nowhere/plenaryd.toml");
  EXPECT_FALSE(result.ok());
  EXPECT_THAT(FormatProblems("/nowhere/plenaryd.toml", result.problems),
              HasSubstr("/nowhere/plenaryd.toml"));
}

TEST(Config, PathsAreRelativeToTheFileNotToTheProcess) {
  testing::TempDir folder;
  const ConfigResult result = LoadConfig(WriteGood(folder));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.config.store, folder.File("store"));
}

TEST(ConfigFiles, NamesWhatIsMissing) {
  testing::TempDir folder;
  const ConfigResult result = LoadConfig(WriteGood(folder));
  const auto problems = CheckFiles(result.config, absl::Now());
  for (const std::string key :
       {"trust", "tls.certificate", "tls.key", "keys.log", "keys.cosigner", "keys.author"}) {
    EXPECT_THAT(problems, Contains(Field(&ConfigProblem::key, key)));
  }
  EXPECT_THAT(problems, ::testing::Not(Contains(Field(&ConfigProblem::key, "store"))))
      << "the store's folder is made at the first start";
}

TEST(ConfigFiles, OneKeyForTwoRolesIsRefused) {
  testing::TempDir folder;
  Config config = LoadConfig(WriteGood(folder)).config;
  ASSERT_OK(certs::CreateKeyFile(folder.File("k.pem"), certs::GenerateKey(Algorithm::kEd25519)));
  config.log_key = config.cosigner_key = folder.File("k.pem");
  EXPECT_THAT(CheckFiles(config, absl::Now()),
              Contains(AllOf(Field(&ConfigProblem::key, "keys.cosigner"),
                             Field(&ConfigProblem::text, HasSubstr("DUPLICATE_KEY")))));
}

TEST(ConfigFiles, ALogKeyOfAnotherAlgorithmIsRefused) {
  testing::TempDir folder;
  Config config = LoadConfig(WriteGood(folder)).config;
  ASSERT_OK(certs::CreateKeyFile(folder.File("p.pem"), certs::GenerateKey(Algorithm::kEcdsaP256)));
  config.log_key = folder.File("p.pem");
  EXPECT_THAT(CheckFiles(config, absl::Now()),
              Contains(AllOf(Field(&ConfigProblem::key, "keys.log"),
                             Field(&ConfigProblem::text, HasSubstr("BAD_ALGORITHM")))));
}

}  // namespace
}  // namespace plenary::node
