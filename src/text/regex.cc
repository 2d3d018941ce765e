// PCRE2 behind Regex.
#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/error.h"
#include "text/oniguruma.h"

namespace gimbal::text {
namespace {

std::string message_of(int code) {
  PCRE2_UCHAR text[256] = {};
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

struct FreeContext {
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

// The compiled matcher first; without it when its stack (32 KiB) does not suffice, since the interpreter uses the heap.
int match(const pcre2_code* code, std::string_view text, size_t from, pcre2_match_data* data) {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const int result = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, data, nullptr);
  if (result != PCRE2_ERROR_JIT_STACKLIMIT) return result;
  return pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, nullptr);
}

}  // namespace

Regex::Regex(std::string_view pattern) {
  const std::string translated = oniguruma_to_pcre2(pattern);
  const std::unique_ptr<pcre2_compile_context, FreeContext> context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE where = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(), PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE,
                                   &error, &where, context.get());
  if (!code) fail("the regular expression \"", pattern, "\" is not understood: ", message_of(error), " (near character ", where, ")");
  code_ = std::shared_ptr<void>(code, [](void* p) { pcre2_code_free(static_cast<pcre2_code*>(p)); });
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where there is no compiler for the processor, matching is interpreted
}

void Regex::find_all(std::string_view text, uint32_t base, std::vector<Span>& matches) const {
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::unique_ptr<pcre2_match_data, FreeMatch> data(pcre2_match_data_create_from_pattern(code, nullptr));
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data.get());
  size_t last_end = std::string_view::npos;
  for (size_t from = 0; from <= text.size();) {
    const int result = match(code, text, from, data.get());
    if (result == PCRE2_ERROR_NOMATCH) return;
    if (result < 0) fail("a regular expression of the tokenizer gave up on a text of ", text.size(), " bytes: ", message_of(result));
    const size_t begin = bounds[0], end = bounds[1];
    if (end > begin || begin != last_end) matches.push_back({base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(end)});
    last_end = end;
    from = end;
    if (end <= begin) from += end < text.size() ? character_length(text[end]) : 1;
  }
}

}  // namespace gimbal::text
