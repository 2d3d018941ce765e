// gimbal tokenize and gimbal detokenize: text, or a pair of texts, to ids and back, and a comparison with the ids of another tool.
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/input.h"
#include "core/error.h"
#include "core/json.h"
#include "text/tokenizer.h"

namespace gimbal {
namespace {

struct Flags {
  std::string tokenizer, input, pair, compare;
  bool no_special = false;
};

constexpr const char* kTokenizerHelp = "tokenizer.json, a SentencePiece .model or BERT's vocab.txt, or a directory that holds one";

template <class AnyEncoding>
Json encoding_json(const Tokenizer& tokenizer, const AnyEncoding& e) {
  Json tokens = Json::array(), offsets = Json::array();
  for (const int32_t id : e.ids) tokens.push_back(tokenizer.token(id));
  for (const auto& [begin, end] : e.offsets) offsets.push_back({begin, end});
  return {{"ids", e.ids}, {"tokens", std::move(tokens)}, {"offsets", std::move(offsets)}};
}

int print_ids(const Tokenizer& tokenizer, const Flags& f, const CommonFlags& common) {
  const std::string text = text_or_stdin(f.input);
  const AddSpecial special = f.no_special ? AddSpecial::kNo : AddSpecial::kYes;
  const std::string line =
      common.json ? encoding_json(tokenizer, tokenizer.encode_with_offsets(text, special)).dump() : id_list(tokenizer.encode(text, special));
  std::printf("%s\n", line.c_str());
  return 0;
}

int print_pair(const Tokenizer& tokenizer, const Flags& f, const CommonFlags& common) {
  const PairEncoding pair = tokenizer.encode_pair(text_or_stdin(f.input), f.pair);
  if (!common.json) {
    std::printf("%s\n%s\n", id_list(pair.ids).c_str(), id_list(pair.type_ids).c_str());
    return 0;
  }
  Json json = encoding_json(tokenizer, pair);
  json["type_ids"] = pair.type_ids;
  json["texts"] = pair.texts;
  std::printf("%s\n", json.dump().c_str());
  return 0;
}

// The texts of a comparison: those of the file, else a JSON list of texts given as the input, else the input as one text.
std::vector<std::string> texts_to_compare(const Json& expected, const Flags& f) {
  Json list = expected.value("texts", Json());
  if (list.is_null()) {
    if (f.input.empty())
      fail(f.compare, " has no \"texts\", so give them: as the argument, or - for standard input; a JSON list of texts, or one text");
    const std::string input = text_or_stdin(f.input);
    list = Json::parse(input, nullptr, /*allow_exceptions=*/false);
    if (!list.is_array()) return {input};
  }
  std::vector<std::string> texts;
  for (const Json& text : list) {
    if (!text.is_string()) fail("text ", texts.size() + 1, " of the list is not a string but ", text.type_name());
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

// One kind of expectation: how many texts agree, and what the first disagreements look like.
struct Tally {
  std::string what;
  size_t right = 0, wrong = 0;
  std::vector<Json> examples;

  void note(size_t index, const std::string& text, const Json& expected, const Json& got) {
    if (expected == got) {
      ++right;
      return;
    }
    ++wrong;
    if (examples.size() < 5) examples.push_back({{"text", text}, {"index", index}, {"expected", expected}, {"got", got}});
  }
};

int compare(const Tokenizer& tokenizer, const Flags& f, const CommonFlags& common) {
  const Json expected = parse_json(read_text_file(f.compare), f.compare);
  if (!expected.is_object() || !expected.contains("ids") || !expected["ids"].is_array())
    fail(f.compare, " has no \"ids\": it needs {\"ids\": [[1, 2], …]}, one list a text");
  const std::vector<std::string> texts = texts_to_compare(expected, f);
  if (texts.size() != expected["ids"].size())
    fail(f.compare, " has ids for ", expected["ids"].size(), " texts, but there are ", texts.size(), " texts");
  const auto expectation = [&](const char* key, size_t i) { return expected.contains(key) && i < expected[key].size() ? expected[key][i] : Json(); };
  Tally ids{"ids", 0, 0, {}}, offsets{"offsets", 0, 0, {}}, with_special{"ids with special tokens", 0, 0, {}};
  for (size_t i = 0; i < texts.size(); ++i) {
    const Json encoding = encoding_json(tokenizer, tokenizer.encode_with_offsets(texts[i], AddSpecial::kNo));
    ids.note(i, texts[i], expected["ids"][i], encoding["ids"]);
    if (const Json want = expectation("offsets", i); want.is_array()) offsets.note(i, texts[i], want, encoding["offsets"]);
    // A number in the place of a list says: the same as "ids".
    if (const Json want = expectation("ids_special", i); !want.is_null())
      with_special.note(i, texts[i], want.is_array() ? want : expected["ids"][i], tokenizer.encode(texts[i], AddSpecial::kYes));
  }
  Json report = Json::object();
  size_t wrong = 0;
  for (const Tally* tally : {&ids, &offsets, &with_special}) {
    wrong += tally->wrong;
    if (tally->right + tally->wrong == 0) continue;
    report[tally->what] = {{"agree", tally->right}, {"differ", tally->wrong}, {"examples", tally->examples}};
    if (common.json) continue;
    std::printf("%s: %zu of %zu texts agree\n", tally->what.c_str(), tally->right, tally->right + tally->wrong);
    for (const Json& e : tally->examples)
      std::printf("  text %s %s\n    expected %s\n    got      %s\n", e["index"].dump().c_str(), e["text"].dump().c_str(),
                  e["expected"].dump().c_str(), e["got"].dump().c_str());
  }
  if (common.json) std::printf("%s\n", report.dump().c_str());
  return wrong == 0 ? 0 : 1;
}

int detokenize(const Flags& f, const CommonFlags& common) {
  const Tokenizer tokenizer = Tokenizer::load(f.tokenizer);
  const SkipSpecial skip = f.no_special ? SkipSpecial::kYes : SkipSpecial::kNo;
  for (const std::vector<int32_t>& ids : parse_id_lists(text_or_stdin(f.input), "the ids")) {
    const std::string text = tokenizer.decode(ids, skip);
    std::printf("%s\n", common.json ? Json({{"text", text}}).dump().c_str() : text.c_str());
  }
  return 0;
}

}  // namespace

std::function<int()> add_tokenize(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-t,--tokenizer", flags->tokenizer, kTokenizerHelp).required();
  line.value("text", flags->input, "text to cut into tokens; - reads standard input as it is");
  line.value("--pair", flags->pair,
             "a second text: both become one sequence with the tokenizer's special tokens, and a second line gives the type id of each token");
  line.flag("--no-special", flags->no_special, "without the special tokens that the tokenizer adds, such as a beginning of text");
  line.value("--compare", flags->compare,
             "JSON with \"ids\" (and perhaps \"texts\", \"offsets\", \"ids_special\"): report where this tokenizer differs; exit code 1 if it does. "
             "Without \"texts\" the input is a JSON list of texts");
  return [flags, &line, &common] {
    if (!line.given("text") && flags->compare.empty()) fail("give the text to cut into tokens, or - to read it from standard input");
    const bool is_pair = line.given("--pair");
    if (is_pair && flags->no_special) fail("--no-special is not for --pair: a pair is told apart by its special tokens");
    if (is_pair && !flags->compare.empty()) fail("--compare is not for --pair: it compares single texts");
    const Tokenizer tokenizer = Tokenizer::load(flags->tokenizer);
    if (is_pair) return print_pair(tokenizer, *flags, common);
    return flags->compare.empty() ? print_ids(tokenizer, *flags, common) : compare(tokenizer, *flags, common);
  };
}

std::function<int()> add_detokenize(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  line.value("-t,--tokenizer", flags->tokenizer, kTokenizerHelp).required();
  line.value("ids", flags->input, "token ids as 1,2,3 (several texts parted by ';'); - reads standard input").required();
  line.flag("--no-special", flags->no_special, "leave special tokens out of the text");
  return [flags, &common] { return detokenize(*flags, common); };
}

}  // namespace gimbal
