#include "cli/parser.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "ledger/check.h"

namespace plenary::cli {
namespace {

// Where the library puts the values of one command.
struct Slots {
  const Command* command = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> flags;
};

void AddArgument(const Argument& argument, Slots& slots) {
  CLI::Option* option =
      slots.app->add_option(argument.name, slots.values[argument.name], argument.help);
  option->required(argument.required);
  option->type_name("");
  option->expected(argument.required ? 1 : 0, argument.repeated ? 1 << 20 : 1);
}

void AddOption(const Option& declared, Slots& slots) {
  if (declared.value.empty()) {
    slots.app->add_flag(declared.name, slots.flags[declared.name], declared.help);
    return;
  }
  std::string help = declared.help;
  if (!declared.choices.empty()) {
    absl::StrAppend(&help, ": ", absl::StrJoin(declared.choices, ", "));
  }
  if (!declared.fallback.empty()) absl::StrAppend(&help, " (if left out: ", declared.fallback, ")");
  CLI::Option* option = slots.app->add_option(declared.name, slots.values[declared.name], help);
  option->required(declared.required);
  option->type_name(declared.value);
  option->expected(1, declared.repeated ? 1 << 20 : 1);
  // What follows the value is an argument of the command's.
  if (!declared.repeated) option->allow_extra_args(false);
  if (!declared.repeated) option->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  if (!declared.choices.empty()) {
    option->check([choices = declared.choices](const std::string& value) {
      const bool known = std::find(choices.begin(), choices.end(), value) != choices.end();
      return known ? std::string()
                   : absl::StrCat("expected one of ", absl::StrJoin(choices, ", "), ", got ",
                                  Printable(value));
    });
  }
}

// The program with every command in it.
class Parser {
 public:
  Parser(const std::vector<Command>& commands, const AddNouns& add_nouns) {
    app_.require_subcommand(1);
    for (const Command& command : commands) Add(command);
    DescribeNouns(app_);
    if (add_nouns) add_nouns(app_, exit_code_);
  }

  int Run(std::vector<std::string> arguments, Console& console) {
    if (const std::string unknown = UnknownWord(arguments); !unknown.empty()) {
      console.err << "plenary: there is no command \"" << Printable(unknown)
                  << "\"\nplenary: --help lists them\n";
      return kExitUsage;
    }
    // The library takes them from the back.
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(arguments);
    } catch (const CLI::ParseError& stopped) {
      return Explain(stopped, console);
    }
    for (const auto& slots : commands_) {
      if (slots->app->parsed()) return slots->command->run(InvocationOf(*slots), console);
    }
    return exit_code_;
  }

 private:
  void Add(const Command& command) {
    CLI::App* app = &app_;
    const std::vector<std::string> words = absl::StrSplit(command.path, ' ');
    std::string path;
    for (size_t i = 0; i < words.size(); ++i) {
      const bool is_verb = i + 1 == words.size();
      absl::StrAppend(&path, words[i], " ");
      CLI::App*& known = apps_[path];
      CHECK(known == nullptr || !is_verb) << "two commands " << command.path;
      if (known == nullptr) {
        known = app->add_subcommand(words[i], is_verb ? command.summary : "");
        if (!is_verb) known->require_subcommand(1);
      }
      app = known;
    }
    auto slots = std::make_unique<Slots>();
    slots->command = &command;
    slots->app = app;
    app->footer(command.details);
    for (const Argument& argument : command.arguments) AddArgument(argument, *slots);
    for (const Option& option : command.options) AddOption(option, *slots);
    commands_.push_back(std::move(slots));
  }

  // A noun is described by its verbs.
  static void DescribeNouns(CLI::App& app) {
    for (CLI::App* noun : app.get_subcommands([](CLI::App*) { return true; })) {
      std::vector<std::string> verbs;
      for (const CLI::App* verb : noun->get_subcommands([](CLI::App*) { return true; })) {
        verbs.push_back(verb->get_name());
      }
      if (!verbs.empty() && noun->get_description().empty()) {
        noun->description(absl::StrJoin(verbs, ", "));
      }
      DescribeNouns(*noun);
    }
  }

  // The noun and verb, as far as they are given, that name no command; empty if there is none. The
  // library would only say that a subcommand is required.
  std::string UnknownWord(const std::vector<std::string>& arguments) {
    std::string path;
    CLI::App* app = &app_;
    for (const std::string& word : arguments) {
      const auto verbs = app->get_subcommands([](CLI::App*) { return true; });
      if (verbs.empty() || word.empty() || word[0] == '-') return "";
      absl::StrAppend(&path, path.empty() ? "" : " ", word);
      const auto named = std::find_if(verbs.begin(), verbs.end(),
                                      [&word](CLI::App* verb) { return verb->get_name() == word; });
      if (named == verbs.end()) return path;
      app = *named;
    }
    return "";
  }

  int Explain(const CLI::ParseError& stopped, Console& console) const {
    if (stopped.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      std::ostringstream ignored;
      return app_.exit(stopped, console.out, ignored);
    }
    console.err << "plenary: " << Printable(stopped.what()) << "\n"
                << "plenary: --help says what can be given\n";
    return kExitUsage;
  }

  static Invocation InvocationOf(const Slots& slots) {
    Invocation invocation;
    for (const auto& [name, values] : slots.values) {
      if (!values.empty()) invocation.Set(name, values);
    }
    for (const auto& [name, given] : slots.flags) {
      if (given) invocation.Set(name, {"true"});
    }
    for (const Option& option : slots.command->options) {
      if (!option.fallback.empty() && !invocation.Has(option.name)) {
        invocation.Set(option.name, {option.fallback});
      }
    }
    return invocation;
  }

  int exit_code_ = kExitUsage;  // of a noun's verb
  CLI::App app_{"Plenary: a federated, signed, replicated register", "plenary"};
  std::map<std::string, CLI::App*> apps_;  // by the words of their paths
  std::vector<std::unique_ptr<Slots>> commands_;
};

}  // namespace

int RunCommandLine(const std::vector<Command>& commands, std::vector<std::string> arguments,
                   Console& console, const AddNouns& add_nouns) {
  Parser parser(commands, add_nouns);
  return parser.Run(std::move(arguments), console);
}

}  // namespace plenary::cli
