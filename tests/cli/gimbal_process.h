// Runs the gimbal binary as a user does, and makes the small model directory that the command-line tests talk to.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "core/files.h"
#include "core/json.h"
#include "infer/tiny_model.h"
#include "models/weights.h"
#include "text/train_bpe.h"

namespace gimbal {

struct Ran {
  int code = -1;
  std::string out, err;
  Json json() const { return parse_json(out, "the output"); }
};

/// A folder of this test process that goes away with it.
inline const fs::path& scratch() {
  struct Folder {
    fs::path path = fs::temp_directory_path() / ("gimbal-cli-test-" + std::to_string(getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  static const Folder folder;
  return folder.path;
}

/// `arguments` as a shell would take them; `input` is standard input.
inline Ran gimbal(const std::string& arguments, const std::string& input = "") {
  const fs::path in = scratch() / "stdin", out = scratch() / "stdout", err = scratch() / "stderr";
  write_file(in, input);
  // Threads that wait sleep: several tests share the cores.
  const std::string line =
      std::string("OMP_WAIT_POLICY=passive ") + GIMBAL_BINARY + " " + arguments + " < " + in.string() + " > " + out.string() + " 2> " + err.string();
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
}

/// One sentence, which begins as every refusal does.
inline bool is_one_sentence(const std::string& err) { return err.starts_with("gimbal: ") && std::count(err.begin(), err.end(), '\n') == 1; }

/// Saves a random model of `a` (its vocabulary is set here) over letters, with their tokenizer, into scratch() / name.
inline std::string save_letters(const std::string& name, Architecture a, const std::vector<std::string>& special) {
  const fs::path directory = scratch() / name;
  fs::create_directories(directory);
  const std::string_view alphabet = "abcdefghijklmnop\n .:UserAitn";
  const Tokenizer tokenizer = train_char({&alphabet, 1}, special);
  tokenizer.save(directory);
  a.vocab = tokenizer.vocab_size();
  save_model(*tiny_model(a), directory);
  return directory.string();
}

/// A random decoder over letters. Context 96.
inline const std::string& letters_directory() {
  static const std::string path = save_letters("letters", tiny_decoder(0, 96), {"<|endoftext|>"});
  return path;
}

}  // namespace gimbal
