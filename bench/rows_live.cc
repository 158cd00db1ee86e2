// How fast one write is seen elsewhere, and how fast reads are.
#include "bench/federation.h"
#include "bench/load.h"
#include "bench/rows.h"
#include "plenary/v1/record.pb.h"

namespace plenary::bench {
namespace {

std::vector<double> VisibleAtPeer(const Federation& two, size_t writes) {
  cli::Session here = two.Open("br");
  std::vector<double> ms;
  for (const v1::SubmitCommitRequest& commit : MakeCommits(here, writes, 1)) {
    const uint64_t size = two.LogSizes("br", "br").size;
    ms.push_back(1'000 * SecondsOf([&] {
                   Must(here.client->Call(commit));
                   two.WaitUntil([&] { return two.LogSizes("ru", "br").in_view > size; });
                 }));
  }
  return ms;
}

std::vector<double> UntilFinal(const Federation& five, size_t writes) {
  cli::Session session = five.Open("br");
  std::vector<double> ms;
  for (v1::SubmitCommitRequest commit : MakeCommits(session, writes, 1)) {
    commit.set_wait(v1::SUBMIT_WAIT_FINAL);
    ms.push_back(1'000 * SecondsOf([&] { Must(session.client->Call(commit)); }));
  }
  return ms;
}

// Calls in a second of one client that makes them one after the other.
template <typename Request>
double CallsPerSecond(cli::Session& session, const Request& request, size_t calls) {
  const double seconds = SecondsOf([&] {
    for (size_t i = 0; i < calls; ++i) Must(session.client->Call(request));
  });
  return static_cast<double>(calls) / seconds;
}

}  // namespace

std::vector<Row> LiveRows(const Settings& settings) {
  std::vector<double> visible;
  std::vector<double> final;
  std::vector<double> points;
  std::vector<double> pages;
  {
    Federation two(settings.folder, {"br", "ru"});
    visible = VisibleAtPeer(two, settings.Scaled(1'000));
    cli::Session session = two.Open("br");
    const auto commits = MakeCommits(session, 20, 500);
    SubmitAll(session, commits);
    v1::Record record;
    record.ParseFromString(commits[3].records(7));
    v1::GetRecordRequest point;
    point.set_name(record.name());
    v1::ListRecordsRequest page;
    page.set_parent("members/br");
    page.set_collection("meetings");
    two.WaitUntil(
        [&] { return two.LogSizes("br", "br").in_view == two.LogSizes("br", "br").size; });
    for (int i = 0; i < settings.repeats; ++i) {
      points.push_back(CallsPerSecond(session, point, settings.Scaled(10'000)));
      pages.push_back(CallsPerSecond(session, page, settings.Scaled(3'000)));
    }
  }
  {
    Federation five(settings.folder, {"br", "ru", "in", "cn", "za"});
    final = UntilFinal(five, settings.Scaled(500));
  }
  return {{"live: write to visible at a peer, federation of two, p50", Quantile(visible, 0.5), "ms",
           false, 4, 2, std::nullopt},
          {"live: write to visible at a peer, federation of two, p99", Quantile(visible, 0.99),
           "ms", false, 15, 8, std::nullopt},
          {"live: write to final, five nodes, p50", Quantile(final, 0.5), "ms", false, 8, 4,
           std::nullopt},
          {"live: write to final, five nodes, p99", Quantile(final, 0.99), "ms", false, 30, 15,
           std::nullopt},
          {"point read over mTLS, one client", Median(points), "calls/s", true, 6'000, 8'000,
           std::nullopt},
          {"page of 50, one client", Median(pages), "pages/s", true, 3'000, 6'000, std::nullopt}};
}

}  // namespace plenary::bench
