// Prompts by the kind of the model; the tokens of GLM's blanks.
#include "infer/prompt.h"

#include <algorithm>

#include "data/objectives/roles.h"

namespace gimbal {
namespace {

bool contains(std::span<const int32_t> ids, int32_t id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

// What a decoder reads first: the architecture's own, else pad as T5 has it, else what begins or ends a text.
int32_t start_of(const Architecture& a, const Tokenizer* tokenizer) {
  for (const auto& id : {a.bos, a.pad, a.eos})
    if (id) return static_cast<int32_t>(*id);
  const SpecialIds none;
  const SpecialIds& special = tokenizer ? tokenizer->special() : none;
  for (const auto& id : {special.pad, special.bos, special.eos})
    if (id) return *id;
  fail("the decoder of this model (family ", a.family, ") has no token to begin with; give config.json a decoder_start_token_id");
}

}  // namespace

std::optional<PromptForm> blanks_form(const Tokenizer& tokenizer) {
  const BlankTokens tokens = blank_tokens(tokenizer);
  PromptForm form;
  for (const auto& id : {tokens.document_mask, tokens.mask, tokens.sentence_mask})
    if (id) form.masks.push_back(*id);
  if (!tokens.piece_start || !tokens.piece_end || form.masks.empty()) return std::nullopt;
  form.kind = PromptKind::kBlanks;
  form.start = *tokens.piece_start;
  form.piece_end = *tokens.piece_end;
  return form;
}

PromptForm prompt_form(const Architecture& a, const Tokenizer* tokenizer) {
  check_writes(a);
  PromptForm form;
  if (a.encoder_layers > 0) {
    form.kind = PromptKind::kSource;
    form.start = start_of(a, tokenizer);
  } else if (a.mask == "prefix") {
    const std::optional<PromptForm> blanks = tokenizer ? blanks_form(*tokenizer) : std::nullopt;
    if (!blanks && a.positions.kind == "blocks")
      fail("this model (family ", a.family, ") fills blanks, which takes a tokenizer that has [MASK], <|startofpiece|> and <|endofpiece|>");
    form.kind = PromptKind::kPrefix;
    if (blanks) form = *blanks;
  }
  if (form.kind != PromptKind::kSource && a.source_end) form.source_end = static_cast<int32_t>(*a.source_end);
  return form;
}

std::vector<int32_t> framed_ids(const PromptForm& form, const SpecialIds& special, std::vector<int32_t> ids) {
  const auto close = [&](const std::optional<int32_t>& end) {
    if (end && (ids.empty() || ids.back() != *end)) ids.push_back(*end);
  };
  if (form.kind == PromptKind::kBlanks) {
    if (special.cls && (ids.empty() || ids.front() != *special.cls)) ids.insert(ids.begin(), *special.cls);
    if (std::any_of(ids.begin(), ids.end(), [&](int32_t id) { return contains(form.masks, id); })) return ids;
    close(form.source_end);
    ids.push_back(form.masks.front());
  } else {
    close(form.kind == PromptKind::kSource ? special.eos : form.source_end);
  }
  return ids;
}

std::vector<int32_t> prompt_ids(const Tokenizer& tokenizer, const Architecture& a, std::string_view text) {
  const PromptForm form = prompt_form(a, &tokenizer);
  const SpecialIds& special = tokenizer.special();
  std::vector<int32_t> ids = framed_ids(form, special, tokenizer.encode(text, AddSpecial::kYes));
  if (!ids.empty()) return ids;
  if (special.bos) return {*special.bos};
  if (a.bos) return {static_cast<int32_t>(*a.bos)};
  return ids;
}

GenerationRequest request_for(const PromptForm& form, std::vector<int32_t> ids) {
  GenerationRequest request;
  if (form.kind == PromptKind::kSource) {
    request.source = std::move(ids);
    request.prompt = {form.start};
    return request;
  }
  request.prompt = std::move(ids);
  if (form.kind == PromptKind::kContinue) return request;
  request.prefix = static_cast<int64_t>(request.prompt.size());
  if (form.kind == PromptKind::kPrefix) return request;
  request.blanks.start = form.start;
  for (int64_t t = 0; t < request.prefix; ++t)
    if (contains(form.masks, request.prompt[static_cast<size_t>(t)])) request.blanks.masks.push_back(t);
  if (request.blanks.masks.empty()) fail("the model fills blanks, and the prompt has none; put [MASK] where text is to be found");
  request.prompt.push_back(form.start);
  return request;
}

std::string filled_text(const Tokenizer& tokenizer, const GenerationRequest& request, std::span<const int32_t> ids) {
  std::vector<int32_t> whole;
  auto filling = ids.begin();
  for (int64_t t = 0; t < request.prefix; ++t) {
    if (!std::count(request.blanks.masks.begin(), request.blanks.masks.end(), t)) {
      whole.push_back(request.prompt[static_cast<size_t>(t)]);
      continue;
    }
    while (filling != ids.end() && !contains(request.stop_ids, *filling)) whole.push_back(*filling++);
    if (filling != ids.end()) ++filling;
  }
  return tokenizer.decode(whole, SkipSpecial::kYes);
}

}  // namespace gimbal
