// Ingest and catch-up.
#include <thread>

#include "bench/federation.h"
#include "bench/limits.h"
#include "bench/load.h"
#include "bench/rows.h"

namespace plenary::bench {
namespace {

double Rate(size_t work, double seconds) { return static_cast<double>(work) / seconds; }

// One client, one call at a time.
double OneByOne(cli::Session& session, size_t commits, size_t records) {
  const auto made = MakeCommits(session, commits, records);
  const double seconds = SecondsOf([&] {
    for (const v1::SubmitCommitRequest& commit : made) Must(session.client->Call(commit));
  });
  return Rate(commits * records, seconds);
}

double ManyClients(const Federation& federation, size_t clients, size_t commits) {
  std::vector<cli::Session> sessions;
  std::vector<std::vector<v1::SubmitCommitRequest>> work;
  for (size_t i = 0; i < clients; ++i) {
    sessions.push_back(federation.Open("br"));
    work.push_back(MakeCommits(sessions.back(), commits, 1));
  }
  const double seconds = SecondsOf([&] {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < clients; ++i) {
      threads.emplace_back([&, i] {
        for (const auto& commit : work[i]) Must(sessions[i].client->Call(commit));
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  return Rate(clients * commits, seconds);
}

struct CatchUp {
  double log = 0;   // records in a second until the log is complete
  double view = 0;  // … until the view has all of it
};

CatchUp EmptiedNode(Federation& federation, size_t records) {
  federation.Stop("ru");
  federation.Empty("ru");
  const uint64_t size = federation.LogSizes("br", "br").size;
  CatchUp rates;
  const double until_view = SecondsOf([&] {
    rates.log = Rate(
        records, SecondsOf([&] {
          federation.Start("ru");
          federation.WaitUntil([&] { return federation.LogSizes("ru", "br").signed_size >= size; });
        }));
    federation.WaitUntil([&] { return federation.LogSizes("ru", "br").in_view >= size; });
  });
  rates.view = Rate(records, until_view);
  return rates;
}

// A federation of two in which br has `commits` commits of `records`, all final.
void Fill(Federation& federation, size_t commits, size_t records) {
  cli::Session session = federation.Open("br");
  SubmitAll(session, MakeCommits(session, commits, records));
  federation.WaitUntil([&] {
    const Federation::Sizes sizes = federation.LogSizes("br", "br");
    return sizes.final_size >= commits && federation.LogSizes("ru", "br").in_view >= commits;
  });
}

}  // namespace

std::vector<Row> IngestRows(const Settings& settings) {
  std::vector<double> one;
  std::vector<double> thousand;
  std::vector<double> many;
  for (int i = 0; i < settings.repeats; ++i) {
    {
      Federation alone(settings.folder, {"br"});
      cli::Session session = alone.Open("br");
      one.push_back(OneByOne(session, settings.Scaled(5'000), 1));
      thousand.push_back(OneByOne(session, settings.Scaled(100), 1'000));
    }
    Federation two(settings.folder, {"br", "ru"});
    many.push_back(ManyClients(two, 64, settings.Scaled(500)));
  }
  const double syncs = SyncsPerSecond(settings.folder);
  return {{"durable ingest, one client, one call at a time, one record per commit", Median(one),
           "records/s", true, 2'500, 3'500, syncs},
          {"durable ingest, 64 clients, one record per commit, federation of two", Median(many),
           "records/s", true, 6'000, 12'000, SignatureChecksPerSecond()},
          {"durable ingest, one client, commits of 1,000", Median(thousand), "records/s", true,
           60'000, 150'000, HashesPerSecond()}};
}

std::vector<Row> CatchUpRows(const Settings& settings) {
  std::vector<double> log;
  std::vector<double> view;
  std::vector<double> single;
  {
    Federation two(settings.folder, {"br", "ru"});
    const size_t commits = settings.Scaled(400);
    Fill(two, commits, 500);
    for (int i = 0; i < settings.repeats; ++i) {
      const CatchUp rates = EmptiedNode(two, commits * 500);
      log.push_back(rates.log);
      view.push_back(rates.view);
    }
  }
  {
    Federation two(settings.folder, {"br", "ru"});
    const size_t commits = settings.Scaled(30'000);
    Fill(two, commits, 1);
    for (int i = 0; i < settings.repeats; ++i) {
      single.push_back(EmptiedNode(two, commits).view);
    }
  }
  return {{"catch-up of an empty node: log complete, verified, durable; commits of 500",
           Median(log), "records/s", true, 150'000, 300'000, HashesPerSecond()},
          {"catch-up until the view answers queries; commits of 500", Median(view), "records/s",
           true, 60'000, 110'000, std::nullopt},
          {"catch-up until the view answers queries; one record per commit", Median(single),
           "records/s", true, 25'000, 45'000, 2 * SignatureChecksPerSecond()}};
}

}  // namespace plenary::bench
