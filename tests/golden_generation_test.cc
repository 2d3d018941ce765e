// Generation against transformers: greedy and beams with their settings, whole batches at once, for every folder that records it; GLM's blanks; and
// what penalties and filters do to a row of logits.
#include <functional>
#include <set>

#include "golden.h"
#include "infer/beam_search.h"
#include "infer/prompt.h"
#include "models/weights.h"

namespace gimbal::testing {
namespace {

constexpr const char* kFolders[] = {
    "gpt1_lm", "gpt2_lm",     "gpt2_scaled_inverse_layer", "llama_gqa_llama3rope", "llama_mha_tied_bias", "llama_headdim24_mqa", "bloom", "glm",
    "glm4",    "t5_v10_relu", "t5_v11_gated_gelu"};

// A run of generate().
struct Recorded {
  Json settings;
  std::vector<std::vector<int32_t>> answers;  // without prompts and padding
  std::vector<double> scores;                 // of beams

  bool searches() const { return settings.contains("num_beams"); }
  size_t answers_per_prompt() const { return static_cast<size_t>(settings.value("num_return_sequences", 1)); }
  std::vector<int32_t> stop_ids() const {
    return settings["eos_token_id"].is_null() ? std::vector<int32_t>() : std::vector<int32_t>{settings["eos_token_id"].get<int32_t>()};
  }
};

class GoldenGeneration : public ::testing::TestWithParam<std::tuple<const char*, Device>> {
 protected:
  GoldenGeneration() : name_(std::get<0>(GetParam())), generation_(golden_json(name_ + "/expected.json")["generation"]) {
    const auto io = SafetensorsFile::open(golden(name_) / "io.safetensors");
    const Tensor ids = io.read("gen.input_ids"), mask = io.contains("gen.attention_mask") ? io.read("gen.attention_mask") : Tensor();
    for (int64_t row = 0; row < ids.size(0); ++row) {
      std::vector<int32_t>& prompt = prompts_.emplace_back();
      for (int64_t i = row * ids.size(1); i < (row + 1) * ids.size(1); ++i)
        if (!mask || mask.at(i) != 0) prompt.push_back(static_cast<int32_t>(ids.at(i)));
    }
    padded_prompt_ = generation_["decoder_start_token_id"].is_null() ? static_cast<size_t>(ids.size(1)) : 1;
  }

  Recorded recorded_run(const std::string& name) const {
    const Json& recorded = generation_["runs"][name];
    Recorded run{recorded["settings"], {}, {}};
    const std::vector<int32_t> stop = run.stop_ids();
    for (const Json& sequence : recorded["sequences"]) {
      const auto ids = sequence.get<std::vector<int32_t>>();
      const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(padded_prompt_),
                 end = stop.empty() ? ids.end() : std::find(begin, ids.end(), stop[0]);
      run.answers.emplace_back(begin, end == ids.end() ? end : end + 1);
    }
    if (recorded.contains("sequences_scores")) run.scores = recorded["sequences_scores"].get<std::vector<double>>();
    return run;
  }

  std::vector<GenerationRequest> requests(const Recorded& run, const Architecture& a) const {
    std::vector<GenerationRequest> requests;
    for (const auto& prompt : prompts_) {
      GenerationRequest& r = requests.emplace_back(request_for(prompt_form(a, nullptr), prompt));
      r.sampling.temperature = 0;
      r.sampling.repetition_penalty = run.settings.value("repetition_penalty", 1.0);
      r.sampling.no_repeat_ngram = run.settings.value("no_repeat_ngram_size", 0);
      r.max_tokens = generation_["max_new_tokens"].get<int64_t>();
      r.min_tokens = run.settings.value("min_new_tokens", 0);
      r.stop_ids = run.stop_ids();
    }
    return requests;
  }

  std::string name_;
  Json generation_;
  std::vector<std::vector<int32_t>> prompts_;
  size_t padded_prompt_;
};

BeamOptions beams_of(const Recorded& run) {
  BeamOptions options;
  options.beams = run.settings["num_beams"].get<int64_t>();
  options.length_penalty = run.settings.value("length_penalty", 1.0);
  if (run.settings.value("early_stopping", false)) options.early_stopping = EarlyStopping::kFirstFinished;
  return options;
}

TEST_P(GoldenGeneration, WritesTheSame) {
  const auto model = load_model(golden(name_), std::get<1>(GetParam()));
  Decoder decoder(*model, DType::kF32);
  for (const auto& [name, recorded] : generation_["runs"].items()) {
    const Recorded want = recorded_run(name);
    const std::vector<GenerationRequest> asked = requests(want, model->architecture());
    ASSERT_EQ(want.answers.size(), asked.size() * want.answers_per_prompt());
    if (!want.searches()) {
      const auto got = generate(decoder, asked);
      for (size_t p = 0; p < asked.size(); ++p) EXPECT_EQ(got[p][0].ids, want.answers[p]) << name << ", prompt " << p;
      continue;
    }
    const auto got = beam_search(decoder, asked, beams_of(want));
    for (size_t i = 0; i < want.answers.size(); ++i) {
      const BeamResult& best = got[i / want.answers_per_prompt()][i % want.answers_per_prompt()];
      EXPECT_EQ(best.ids, want.answers[i]) << name << ", answer " << i;
      EXPECT_NEAR(best.score, want.scores[i], 2e-5 * std::abs(want.scores[i])) << name << ", answer " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Folders, GoldenGeneration,
                         ::testing::Combine(::testing::ValuesIn(kFolders), ::testing::Values(Device::kCpu, Device::kReference)),
                         [](const auto& info) {
                           return cat(std::get<0>(info.param), std::get<1>(info.param) == Device::kCpu ? "_cpu" : "_reference");
                         });

TEST(GoldenGenerationFolders, AllAreTested) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(GIMBAL_GOLDEN))
    if (fs::exists(entry.path() / "expected.json") && golden_json(entry.path().filename().string() + "/expected.json").contains("generation"))
      found.insert(entry.path().filename().string());
  EXPECT_EQ(found, std::set<std::string>(std::begin(kFolders), std::end(kFolders)));
}

struct RowChange {
  const char* name;
  std::function<void(std::span<float> logits_v, std::span<const int32_t> context)> apply;
};
const RowChange kRowChanges[] = {
    {"temp_0_7", [](auto row, auto) { divide_by_temperature(row, 0.7); }},
    {"temp_2", [](auto row, auto) { divide_by_temperature(row, 2); }},
    {"topk_1", [](auto row, auto) { keep_top_k(row, 1); }},
    {"topk_5", [](auto row, auto) { keep_top_k(row, 5); }},
    {"topk_100", [](auto row, auto) { keep_top_k(row, 100); }},
    {"topp_0", [](auto row, auto) { keep_top_p(row, 0); }},
    {"topp_0_1", [](auto row, auto) { keep_top_p(row, 0.1); }},
    {"topp_0_9", [](auto row, auto) { keep_top_p(row, 0.9); }},
    {"minp_0_05", [](auto row, auto) { keep_min_p(row, 0.05); }},
    {"minp_0_5", [](auto row, auto) { keep_min_p(row, 0.5); }},
    {"rep_1_3", [](auto row, auto context) { penalize_repetition(row, context, 1.3); }},
    {"rep_0_8", [](auto row, auto context) { penalize_repetition(row, context, 0.8); }},
    {"ngram_2", [](auto row, auto context) { ban_repeated_ngrams(row, context, 2); }},
    {"ngram_3", [](auto row, auto context) { ban_repeated_ngrams(row, context, 3); }},
};

// Row 2 is all ties: how many of them a filter keeps is defined, which ones is not.
TEST(GoldenSampling, RowsAreChangedAlike) {
  const auto io = SafetensorsFile::open(golden("logits") / "logits.safetensors");
  const Json cases = golden_json("logits/logits.json")["cases"];
  const Tensor logits = io.read("logits"), ids = io.read("ids");
  for (const RowChange& change : kRowChanges) {
    const Tensor want = io.read(change.name);
    for (int64_t r = 0; r < logits.rows(); ++r) {
      std::vector<float> row;
      std::vector<int32_t> context;
      for (int64_t v = 0; v < logits.cols(); ++v) row.push_back(static_cast<float>(logits.at(r * logits.cols() + v)));
      for (int64_t t = 0; t < ids.cols(); ++t) context.push_back(static_cast<int32_t>(ids.at(r * ids.cols() + t)));
      change.apply(row, context);
      EXPECT_EQ(std::count_if(row.begin(), row.end(), [](float l) { return std::isfinite(l); }),
                cases[change.name]["kept"][static_cast<size_t>(r)].get<int64_t>())
          << change.name << r;
      if (r == 2 && std::string(change.name).starts_with("topp")) continue;
      const std::vector<double> all = want.to_doubles();
      EXPECT_LT(error_of(std::vector<double>(row.begin(), row.end()), std::span(all).subspan(static_cast<size_t>(r * want.cols()), row.size())), 1e-6)
          << change.name << r;
    }
  }
}

// The first GLM's own cached decoding of three blanks, token by token: [MASK] 2, <|startofpiece|> 5.
TEST(GoldenBlanks, CachedLogitsAreTheSame) {
  const auto io = SafetensorsFile::open(golden("glm2022_block") / "io.safetensors");
  const Tensor in = io.read("in.input_ids"), want = io.read("out.decode_sample1_logits");
  const int64_t sample = 1, length = in.size(1), prefix = static_cast<int64_t>(io.read("in.sep").at(sample));
  std::vector<int32_t> ids;
  for (int64_t t = 0; t < length; ++t) ids.push_back(static_cast<int32_t>(in.at(sample * length + t)));
  std::vector<int64_t> masks;  // in the order in which the recorded text fills them
  const Tensor places = io.read("in.position_ids");
  for (int64_t t = prefix; t < length; ++t)
    if (ids[static_cast<size_t>(t)] == 5) masks.push_back(static_cast<int64_t>(places.at(2 * sample * length + t)));
  ASSERT_EQ(masks, (std::vector<int64_t>{2, 14, 8}));

  const auto model = load_model(golden("glm2022_block"));
  Decoder decoder(*model, DType::kF32);
  const Decoder::Sequence sequence = decoder.open({.source = {}, .prefix = prefix, .blanks = {}}, 4);
  const auto advance = [&](int64_t begin, int64_t count) {
    const Decoder::Piece piece{sequence, std::span(ids).subspan(static_cast<size_t>(begin), static_cast<size_t>(count))};
    return decoder.advance({&piece, 1}).to_doubles();
  };
  advance(0, prefix);
  std::vector<double> got;
  for (int64_t t = prefix, blank = 0; t < length; ++t) {
    if (ids[static_cast<size_t>(t)] == 5) decoder.begin_blank(sequence, masks[static_cast<size_t>(blank++)]);
    for (const double logit : advance(t, 1)) got.push_back(logit);
  }
  EXPECT_LT(error_of(got, want.to_doubles()), 1e-5);
}

}  // namespace
}  // namespace gimbal::testing
