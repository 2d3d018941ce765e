// Parsing and the border where errors become sentences.
#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <deque>
#include <filesystem>
#include <iostream>
#include <new>

#include "core/build.h"
#include "core/error.h"
#include "core/threads.h"

namespace gimbal {
namespace {

struct Parsed {
  CommonFlags common;
  std::vector<std::function<int()>> runs;
  std::vector<CLI::App*> apps;
  std::deque<CommandLine> lines;  // the closures keep references
};

void add_common(CLI::App& app, CommonFlags& common) {
  CommandLine(&app).value("--threads", common.threads, "threads to compute with; 0 is one a core").between(0, 4096);
  CommandLine(&app).on_number(
      "--seed", [&common](int64_t seed) { common.seed = static_cast<uint64_t>(seed), common.seed_given = true; }, "seed of everything random");
  app.add_flag("--quiet", common.quiet, "print results only");
  app.add_flag("--json", common.json, "print results as JSON");
}

// The sentence for a command line that does not parse, with the nearest flag or command.
std::string parse_sentence(const CLI::App& app, const CLI::ParseError& e, const std::vector<std::string>& arguments) {
  const CLI::App* at = &app;
  for (const CLI::App* sub : app.get_subcommands()) at = sub;
  std::vector<std::string> flags, names;
  for (const CLI::Option* option : at->get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  if (at == &app && !arguments.empty() && arguments[0].front() != '-')
    return cat("unknown command '", arguments[0], "'", did_you_mean(arguments[0], names), "; known: ", joined(names));
  if (dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr) {
    for (const std::string& argument : arguments) {
      const std::string flag = argument.substr(0, argument.find('='));
      if (flag.starts_with("--") && std::find(flags.begin(), flags.end(), flag) == flags.end())
        return cat("unknown flag '", flag, "'", did_you_mean(flag, flags), "; see gimbal ", at->get_name(), " --help");
    }
  }
  return e.what();
}

// A result that nobody got is no success.
int with_output_written(int code) {
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::cerr << "gimbal: cannot write to standard output" << (errno != 0 ? cat(": ", std::strerror(errno)) : "")
            << "; what it should have got is lost\n";
  return 2;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("gimbal: pretrains, fine-tunes, generates with and explains transformers; every norm, placement and residual rule in every family", "gimbal");
  app.set_version_flag("--version", cat("gimbal 0.1.0", build_commit().empty() ? "" : " ", build_commit()));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Parsed parsed;
  for (const Command& command : commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    add_common(*sub, parsed.common);
    sub->footer("Example:\n  " + std::string(command.example));
    parsed.apps.push_back(sub);
    parsed.runs.push_back(command.add(parsed.lines.emplace_back(sub), parsed.common));
  }
  try {
    app.parse(argc, argv);
    set_num_threads(parsed.common.threads);
    for (size_t i = 0; i < parsed.apps.size(); ++i)
      if (parsed.apps[i]->parsed()) return parsed.runs[i]();
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.empty()) {
      std::cout << app.help();
      return 2;
    }
    std::cerr << "gimbal: " << parse_sentence(app, e, arguments) << "\n";
    return 2;
  } catch (const Error& e) {
    std::cerr << "gimbal: " << e.what() << "\n";
    return 2;
  } catch (const std::bad_alloc&) {
    std::cerr << "gimbal: out of memory; a smaller batch, context or model needs less\n";
    return 2;
  } catch (const std::filesystem::filesystem_error& e) {
    std::cerr << "gimbal: cannot use " << e.path1().string() << ": " << e.code().message() << "; choose another place\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "gimbal: internal error: " << e.what() << "; this is a defect of gimbal, please report the command and its input\n";
    return 2;
  }
  return 0;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);  // `gimbal … | head` ends quietly
  std::signal(SIGXFSZ, SIG_IGN);  // beyond `ulimit -f` a write fails, and says so
  return with_output_written(parse_and_run(argc, argv));
}

}  // namespace gimbal
