// Runs the words of a command line as the program would, and keeps what it printed.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <functional>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace plenary::cli::testing {

struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

inline Ran RunWords(const std::function<void(CLI::App&, int&)>& add,
                    std::vector<std::string> words) {
  Ran ran;
  std::ostringstream out;
  std::ostringstream err;
  std::streambuf* const out_before = std::cout.rdbuf(out.rdbuf());
  std::streambuf* const err_before = std::cerr.rdbuf(err.rdbuf());
  CLI::App app("plenary");
  app.require_subcommand(1);
  add(app, ran.exit_code);
  // CLI11 takes the words from the back.
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    ran.exit_code = app.exit(error);
  }
  std::cout.rdbuf(out_before);
  std::cerr.rdbuf(err_before);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

}  // namespace plenary::cli::testing
