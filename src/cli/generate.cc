// gimbal generate: text that continues a prompt, answers a source, or fills a prompt's blanks.
#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/model_flags.h"
#include "core/json.h"
#include "data/forms/chat_format.h"
#include "infer/beam_search.h"
#include "infer/text_generator.h"
#include "infer/text_model.h"

namespace gimbal {
namespace {

struct Flags {
  ModelFlags model;
  SamplingFlags sampling;
  std::vector<std::string> prompts, stop;
  std::string prompt_ids, system;
  int64_t max_tokens = 128, min_tokens = 0, samples = 1, beams = 0, log_probs = 0;
  double length_penalty = 1;
  std::string early_stopping = "no";
  bool ids = false, gives_log_probs = false, chat = false;
};

// What one sample or one beam came to.
struct Answer {
  std::string text, stop;
  Generated tokens;
  double score = 0;
};

// The result of the command: one list of answers a prompt.
struct Outcome {
  std::vector<std::vector<Answer>> answers;
  GenerationTiming timing;
  bool streamed = false;
};

void declare(CommandLine& line, Flags& f) {
  f.model.declare(line);
  line.repeated("-p,--prompt", f.prompts,
                "text to continue (encoder-decoders: to read; GLM: with [MASK] where text is to be found); - reads standard input, without its last "
                "line break; may be repeated");
  line.value("--prompt-ids", f.prompt_ids, "instead of text: token ids as 1,2,3;4,5");
  line.value("-n,--max-tokens", f.max_tokens, "most tokens to generate").show_default();
  line.value("--min-tokens", f.min_tokens, "the text does not end before this many tokens");
  f.sampling.declare(line);
  line.repeated("--stop", f.stop, "end the text before this string; may be repeated");
  line.value("--samples", f.samples, "texts for each prompt; with --beams: the best ones").show_default();
  line.value("--beams", f.beams, "beam search with this many beams instead of sampling");
  line.value("--length-penalty", f.length_penalty, "beams: the sum of log-probabilities is divided by length to this power").show_default();
  line.value("--early-stopping", f.early_stopping,
             "beams: no (by a heuristic), yes (once as many texts as beams ended) or never (only when none can be better)")
      .one_of({"no", "yes", "never"});
  line.on_number(
      "--logprobs", [&f](const int64_t& n) { f.log_probs = n, f.gives_log_probs = true; },
      "print the log-probability of each token, and of the N likeliest");
  line.flag("--chat", f.chat, "a prompt is what a user says: it is asked in the model's chat template");
  line.value("--system", f.system, "--chat: what the model is told before it");
  line.flag("--ids", f.ids, "print token ids instead of text");
}

void refuse_contradictions(const Flags& f, const CommandLine& line, const CommonFlags& common) {
  if (f.prompts.empty() == f.prompt_ids.empty()) fail("give the text to continue with --prompt (or its ids with --prompt-ids)");
  if (f.chat && f.prompts.empty()) fail("--chat puts a text into the model's chat template; give it with --prompt");
  if (!f.system.empty() && !f.chat) fail("--system is for conversations; give --chat too");
  if (f.chat && f.beams > 0) fail("--chat does not go with --beams");
  if (f.ids && common.json) fail("--ids and --json both say how results are printed; give one (--json has the ids)");
  if (f.beams == 0) {
    for (const char* flag : {"--length-penalty", "--early-stopping"})
      if (line.given(flag)) fail(flag, " is for beam search; give --beams too");
    if (f.samples > 1 && (f.sampling.greedy || f.sampling.options.greedy())) fail("greedy samples are all the same; leave out --samples, or sample");
    return;
  }
  if (f.beams < 1) fail("--beams ", f.beams, " is below 1");
  if (const std::string flag = f.sampling.given_for_sampling(); !flag.empty())
    fail("beam search does not sample, so ", flag, " has no meaning with --beams");
  for (const char* flag : {"--greedy", "--logprobs", "--stop", "--frequency-penalty", "--presence-penalty"})
    if (line.given(flag)) fail(flag, " does not go with --beams");
  if (f.samples > f.beams) fail("--samples ", f.samples, " asks for more texts than --beams ", f.beams, " keeps");
}

std::vector<int32_t> chat_prompt(const Flags& f, const ChatFormat& format, const Tokenizer& tokenizer, const TextModel& model,
                                 const std::string& text) {
  std::vector<Message> messages;
  if (!f.system.empty()) messages.push_back({"system", f.system});
  messages.push_back({"user", text});
  return framed_ids(model.form(), tokenizer.special(), format.prompt(messages, model.model->architecture().context).ids);
}

std::vector<std::vector<int32_t>> read_prompts(const Flags& f, const TextModel& model, const std::optional<ChatFormat>& format) {
  if (!f.prompt_ids.empty()) return parse_id_lists(text_or_stdin(f.prompt_ids), "--prompt-ids");
  const Tokenizer& tokenizer = tokenizer_of(model, f.model.directory);
  std::vector<std::vector<int32_t>> prompts;
  for (const std::string& argument : f.prompts) {
    std::string text = text_or_stdin(argument);
    if (argument == "-" && text.ends_with('\n')) text.pop_back();
    prompts.push_back(format ? chat_prompt(f, *format, tokenizer, model, text) : prompt_ids(tokenizer, model.model->architecture(), text));
  }
  return prompts;
}

std::vector<TextRequest> make_requests(const Flags& f, const TextModel& model, const CommonFlags& common) {
  const PromptForm form = model.form();
  std::vector<TextRequest> requests;
  std::optional<ChatFormat> format;
  if (f.chat) format.emplace(tokenizer_of(model, f.model.directory));
  for (std::vector<int32_t>& prompt : read_prompts(f, model, format)) {
    TextRequest& r = requests.emplace_back();
    r.tokens = request_for(form, std::move(prompt));
    r.tokens.sampling = f.sampling.chosen(common);
    r.tokens.samples = f.samples;
    r.tokens.max_tokens = f.max_tokens;
    r.tokens.min_tokens = f.min_tokens;
    r.tokens.stop_ids = model.stop_ids;
    if (f.gives_log_probs) r.tokens.top_log_probs = f.log_probs;
    r.stop = f.stop;
    if (format && format->end()) r.tokens.stop_ids.push_back(*format->end());
    if (format && !format->end_text().empty()) r.stop.push_back(format->end_text());
  }
  return requests;
}

void search(const Flags& f, Decoder& decoder, const TextModel& model, std::span<const TextRequest> requests, Outcome& outcome) {
  BeamOptions options;
  options.beams = f.beams;
  options.length_penalty = f.length_penalty;
  options.early_stopping = f.early_stopping == "yes"     ? EarlyStopping::kFirstFinished
                           : f.early_stopping == "never" ? EarlyStopping::kNever
                                                         : EarlyStopping::kBestCase;
  std::vector<GenerationRequest> tokens;
  for (const TextRequest& r : requests) tokens.push_back(r.tokens);
  auto searches = beam_search(decoder, tokens, options);
  for (size_t p = 0; p < requests.size(); ++p) {
    std::vector<BeamResult>& best = searches[p];
    best.resize(std::min(best.size(), static_cast<size_t>(f.samples)));
    std::vector<Answer>& answers = outcome.answers.emplace_back();
    for (BeamResult& result : best) {
      Answer& a = answers.emplace_back();
      a.score = result.score;
      a.tokens.finish = result.finish;
      a.tokens.ids = std::move(result.ids);
      if (model.tokenizer) a.text = text_of(*model.tokenizer, tokens[p], a.tokens.ids);
    }
  }
}

void sample(const Flags& f, Decoder& decoder, const TextModel& model, std::span<const TextRequest> requests, const CommonFlags& common,
            Outcome& outcome) {
  if (!f.stop.empty()) tokenizer_of(model, f.model.directory);
  outcome.streamed = requests.size() == 1 && f.samples == 1 && !f.ids && !f.gives_log_probs && !common.json && model.tokenizer;
  const auto print = [](size_t, int64_t, std::string_view piece) {
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    std::fflush(stdout);
    return Next::kContinue;
  };
  auto results =
      generate_text(decoder, model.tokenizer ? &*model.tokenizer : nullptr, requests, outcome.streamed ? OnText(print) : nullptr, &outcome.timing);
  for (auto& samples : results) {
    std::vector<Answer>& answers = outcome.answers.emplace_back();
    for (TextSample& s : samples) answers.push_back({std::move(s.text), std::move(s.stop), std::move(s.tokens), 0});
  }
}

// The ids of a prompt as it was given: a request adds what its model begins to write with.
std::vector<int32_t> given_ids(const GenerationRequest& r) {
  if (!r.source.empty()) return r.source;
  const auto given = r.prompt.begin() + static_cast<std::ptrdiff_t>(r.blanks.masks.empty() ? static_cast<int64_t>(r.prompt.size()) : r.prefix);
  return {r.prompt.begin(), given};
}

Json log_prob_json(const TokenLogProb& t, const TextModel& model) {
  Json json = {{"id", t.id}, {"logprob", t.log_prob}};
  if (model.tokenizer) json["token"] = model.tokenizer->token(t.id);
  return json;
}

Json answer_json(const Answer& a, const Flags& f, const TextModel& model) {
  Json json = {{"text", model.tokenizer ? Json(a.text) : Json(nullptr)}, {"ids", a.tokens.ids}, {"finish", name_of(a.tokens.finish)}};
  if (!a.stop.empty()) json["stop"] = a.stop;
  if (f.beams > 0) json["score"] = a.score;
  for (size_t t = 0; t < a.tokens.log_probs.size(); ++t) {
    Json token = log_prob_json({a.tokens.ids[t], a.tokens.log_probs[t]}, model);
    if (f.log_probs > 0) token["top"] = Json::array();
    for (const TokenLogProb& top : f.log_probs > 0 ? a.tokens.top[t] : std::vector<TokenLogProb>()) token["top"].push_back(log_prob_json(top, model));
    json["logprobs"].push_back(std::move(token));
  }
  return json;
}

void print_json(const Outcome& outcome, const Flags& f, const TextModel& model, std::span<const TextRequest> requests) {
  Json list = Json::array();
  for (size_t p = 0; p < requests.size(); ++p) {
    Json prompt = {{"prompt_ids", given_ids(requests[p].tokens)}, {"samples", Json::array()}};
    for (const Answer& a : outcome.answers[p]) prompt["samples"].push_back(answer_json(a, f, model));
    list.push_back(std::move(prompt));
  }
  const GenerationTiming& t = outcome.timing;
  Json whole = {{"prompts", std::move(list)}};
  if (f.beams == 0)
    whole["timing"] = {{"prompt_tokens", t.prompt_tokens},
                       {"prefill_s", t.prefill_s},
                       {"first_token_s", t.first_token_s},
                       {"decoded_tokens", t.decoded_tokens},
                       {"decode_s", t.decode_s}};
  std::printf("%s\n", whole.dump().c_str());
}

// One line a token: its log-probability, the token, and the likeliest ones.
std::string log_prob_lines(const Answer& a, const TextModel& model) {
  const auto shown = [&](int32_t id) { return model.tokenizer ? Json(model.tokenizer->token(id)).dump() : cat(id); };
  std::string lines;
  for (size_t t = 0; t < a.tokens.log_probs.size(); ++t) {
    char number[32];
    std::snprintf(number, sizeof number, "%9.4f  ", a.tokens.log_probs[t]);
    lines += cat(number, shown(a.tokens.ids[t]));
    for (const TokenLogProb& top : t < a.tokens.top.size() ? a.tokens.top[t] : std::vector<TokenLogProb>()) {
      std::snprintf(number, sizeof number, " %.4f", top.log_prob);
      lines += cat("  ", shown(top.id), number);
    }
    lines += "\n";
  }
  return lines;
}

void print_answers(const Outcome& outcome, const Flags& f, const TextModel& model) {
  for (size_t p = 0; p < outcome.answers.size(); ++p) {
    for (size_t s = 0; s < outcome.answers[p].size(); ++s) {
      const Answer& a = outcome.answers[p][s];
      const bool only = outcome.answers.size() == 1 && outcome.answers[p].size() == 1;
      std::string head;
      if (!only && !f.ids) head = cat("--- prompt ", p + 1, ", text ", s + 1, f.beams > 0 ? cat(", score ", a.score) : "", "\n");
      const std::string body = f.ids || !model.tokenizer ? id_list(a.tokens.ids) : outcome.streamed ? "" : a.text;
      std::fputs((head + body + "\n" + log_prob_lines(a, model)).c_str(), stdout);
    }
  }
}

void print_notes(const Outcome& outcome, const Flags& f, const Architecture& a) {
  for (const auto& answers : outcome.answers)
    for (const Answer& answer : answers)
      if (answer.tokens.finish == Finish::kContextFull)
        std::fprintf(stderr, "a text ends after %zu tokens because the model's context of %lld is full\n", answer.tokens.ids.size(),
                     static_cast<long long>(a.context));
  if (f.beams > 0) return;
  const GenerationTiming& t = outcome.timing;
  const auto rate = [](int64_t tokens, double s) { return s > 0 ? static_cast<double>(tokens) / s : 0.0; };
  std::fprintf(stderr, "prefill %lld tokens, %.1f tokens/s; first token after %.3f s; decode %lld tokens, %.1f tokens/s\n",
               static_cast<long long>(t.prompt_tokens), rate(t.prompt_tokens, t.prefill_s), t.first_token_s, static_cast<long long>(t.decoded_tokens),
               rate(t.decoded_tokens, t.decode_s));
}

int run(const Flags& f, const CommandLine& line, const CommonFlags& common) {
  refuse_contradictions(f, line, common);
  const DType compute = f.model.compute();
  f.sampling.chosen(common);
  const TextModel model = load_text_model(f.model.directory, f.model.on());
  const std::vector<TextRequest> requests = make_requests(f, model, common);
  Decoder decoder(*model.model, compute);
  Outcome outcome;
  if (f.beams > 0) {
    search(f, decoder, model, requests, outcome);
  } else {
    sample(f, decoder, model, requests, common, outcome);
  }
  if (common.json) {
    print_json(outcome, f, model, requests);
  } else {
    print_answers(outcome, f, model);
  }
  std::fflush(stdout);
  if (!common.quiet) print_notes(outcome, f, model.model->architecture());
  return 0;
}

}  // namespace

std::function<int()> add_generate(CommandLine& line, const CommonFlags& common) {
  const auto flags = std::make_shared<Flags>();
  declare(line, *flags);
  return [flags, &line, &common] { return run(*flags, line, common); };
}

}  // namespace gimbal
