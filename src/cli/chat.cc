// gimbal chat: a conversation on a terminal or in a pipe, one line a turn.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>

#include <unistd.h>

#include "cli/command.h"
#include "cli/model_flags.h"
#include "core/json.h"
#include "infer/chat.h"

namespace gimbal {
namespace {

struct Flags {
  ModelFlags model;
  SamplingFlags sampling;
  int64_t max_tokens = 512;
  std::string system;
};

volatile std::sig_atomic_t interrupted = 0;

// While alive, Ctrl-C sets `interrupted`, and interrupts a read that waits.
class InterruptFlag {
 public:
  InterruptFlag() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptFlag() { sigaction(SIGINT, &before_, nullptr); }
  InterruptFlag(const InterruptFlag&) = delete;
  InterruptFlag& operator=(const InterruptFlag&) = delete;

 private:
  struct sigaction before_ {};
};

// The next line; false at the end of the input. Ctrl-C at the prompt begins a new line.
bool read_line(bool terminal, std::string& line) {
  for (;;) {
    if (terminal) std::fputs("> ", stderr);
    if (std::getline(std::cin, line)) break;
    if (interrupted == 0) return false;
    interrupted = 0;
    std::fputs(" (/exit ends the conversation)\n", stderr);
    std::cin.clear();
    std::clearerr(stdin);
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

void answer(ChatSession& session, const std::string& line, const CommonFlags& common) {
  const auto print = [&](std::string_view piece) {
    if (!common.json) {
      std::fwrite(piece.data(), 1, piece.size(), stdout);
      std::fflush(stdout);
    }
    return interrupted ? Next::kStop : Next::kContinue;
  };
  interrupted = 0;
  const ChatReply reply = session.say(line, print);
  const bool stopped_by_user = interrupted != 0;
  interrupted = 0;
  if (common.json) {
    const Json json = {{"text", reply.text},
                       {"finish", stopped_by_user ? "interrupted" : name_of(reply.finish)},
                       {"prompt_tokens", reply.prompt_tokens},
                       {"reused_tokens", reply.reused_tokens},
                       {"new_tokens", reply.new_tokens},
                       {"forgotten_turns", reply.forgotten_turns}};
    std::printf("%s\n", json.dump().c_str());
    std::fflush(stdout);
    return;
  }
  std::fputs("\n", stdout);
  std::fflush(stdout);
  if (common.quiet) return;
  std::string note = cat("[", reply.prompt_tokens, " tokens, ", reply.reused_tokens, " reused; ", reply.new_tokens, " new");
  if (reply.forgotten_turns > 0) note += cat("; the oldest ", reply.forgotten_turns, " turns no longer fit and were forgotten");
  if (reply.finish == Finish::kContextFull) note += "; the context is full";
  if (reply.finish == Finish::kLength) note += "; cut at --max-tokens";
  std::fprintf(stderr, "%s%s]\n", note.c_str(), stopped_by_user ? "; stopped" : "");
}

int run(const Flags& f, const CommonFlags& common) {
  ChatOptions options;
  options.sampling = f.sampling.chosen(common);
  options.max_tokens = f.max_tokens;
  options.system = f.system;
  if (f.max_tokens < 1) fail("--max-tokens ", f.max_tokens, " is below 1");
  const DType compute = f.model.compute();
  const TextModel model = load_text_model(f.model.directory, f.model.on());
  tokenizer_of(model, f.model.directory);
  Decoder decoder(*model.model, compute);
  ChatSession session(model, decoder, options);

  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal && !common.quiet) std::fputs("/exit ends the conversation, /reset begins a new one, Ctrl-C stops an answer\n", stderr);
  const InterruptFlag interrupt;
  for (std::string line; read_line(terminal, line);) {
    if (line == "/exit") break;
    if (line == "/reset") {
      session.reset();
    } else if (line.starts_with('/')) {
      std::fprintf(stderr, "unknown command '%s'; known: /exit, /reset\n", line.c_str());
    } else if (!line.empty()) {
      try {
        answer(session, line, common);
      } catch (const Error& e) {  // a line that cannot be answered does not end the conversation
        std::fprintf(stderr, "gimbal: %s\n", e.what());
      }
    }
  }
  return 0;
}

}  // namespace

std::function<int()> add_chat(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  flags->model.declare(line);
  flags->sampling.declare(line);
  line.value("-n,--max-tokens", flags->max_tokens, "most tokens of one answer").show_default();
  line.value("--system", flags->system, "what the model is told before the conversation");
  return [flags, &common] { return run(*flags, common); };
}

}  // namespace gimbal
