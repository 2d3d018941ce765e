// Python's strings: stripping, case, splitting and searching, by characters.
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "text/jinja/library.h"
#include "text/utf8.h"

namespace gimbal::jinja {
namespace {

bool is_python_blank(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)) || (c >= 0x1C && c <= 0x1F); }

std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size(); at += out.back().size()) out.push_back(text.substr(at, text::character_length(text[at])));
  return out;
}

template <class F>
std::string by_icu(const std::string& text, F&& change) {
  icu::UnicodeString wide = icu::UnicodeString::fromUTF8(text);
  change(wide);
  std::string out;
  wide.toUTF8String(out);
  return out;
}

// The first letter of each word as a title has it, the others small (str.title).
std::string titled(const std::string& text) {
  std::string out;
  bool inside = false;
  for (const std::string& c : characters_of(text)) {
    const auto letter = static_cast<UChar32>(text::character_at(c.data()));
    const bool cased = u_isUAlphabetic(letter) && (u_tolower(letter) != letter || u_toupper(letter) != letter);
    text::append_character(static_cast<char32_t>(inside ? u_tolower(letter) : u_totitle(letter)), out);
    inside = cased;
  }
  return out;
}

List split_at_blanks(const std::string& text, int64_t most) {
  List out;
  size_t at = 0;
  const auto blank_at = [&](size_t i) { return is_python_blank(text::character_at(text.data() + i)); };
  while (at < text.size()) {
    while (at < text.size() && blank_at(at)) at += text::character_length(text[at]);
    if (at >= text.size()) break;
    if (most >= 0 && static_cast<int64_t>(out.size()) == most) {
      out.emplace_back(stripped(text.substr(at), nullptr, false, true));
      break;
    }
    size_t end = at;
    while (end < text.size() && !blank_at(end)) end += text::character_length(text[end]);
    out.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

List split_at(const std::string& text, const std::string& separator, int64_t most, bool from_right) {
  if (separator.empty()) fault("a string cannot be split at an empty string");
  List out;
  if (from_right) {
    size_t end = text.size();
    while (most < 0 || static_cast<int64_t>(out.size()) < most) {
      const size_t found = end >= separator.size() ? text.rfind(separator, end - separator.size()) : std::string::npos;
      if (found == std::string::npos) break;
      out.emplace_back(text.substr(found + separator.size(), end - found - separator.size()));
      end = found;
    }
    out.emplace_back(text.substr(0, end));
    std::ranges::reverse(out);
    return out;
  }
  size_t at = 0;
  while (most < 0 || static_cast<int64_t>(out.size()) < most) {
    const size_t found = text.find(separator, at);
    if (found == std::string::npos) break;
    out.emplace_back(text.substr(at, found - at));
    at = found + separator.size();
  }
  out.emplace_back(text.substr(at));
  return out;
}

Value split(const std::string& text, const Arguments& a, bool from_right) {
  const Value *separator = a.find(0, "sep"), *most = a.find(1, "maxsplit");
  const int64_t limit = most ? whole_number(*most, "maxsplit") : -1;
  if (separator && !separator->is<None>()) return Value::of(split_at(text, string_of(*separator, "what a string is split at"), limit, from_right));
  if (from_right && limit >= 0) fault("rsplit with a limit needs what to split at");
  return Value::of(split_at_blanks(text, limit));
}

List lines_of(const std::string& text, bool keep_ends) {
  List out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    const size_t next = end == text.size() ? end : end + (text.compare(end, 2, "\r\n") == 0 ? 2 : 1);
    out.emplace_back(text.substr(at, (keep_ends ? next : end) - at));
    at = next;
  }
  return out;
}

const Value& needed(const Arguments& a, size_t place, std::string_view method) {
  if (place >= a.list.size()) fault(method, "() needs ", place + 1, place == 0 ? " argument" : " arguments");
  return a.list[place];
}

// Whether the text begins (or ends) with the argument, or with one of a list.
bool has_end(const std::string& text, const Arguments& a, bool at_begin) {
  const std::string_view method = at_begin ? "startswith" : "endswith";
  const auto one = [&](const Value& value) {
    const std::string& part = string_of(value, cat("what ", method, "() looks for"));
    return at_begin ? text.starts_with(part) : text.ends_with(part);
  };
  const Value& wanted = needed(a, 0, method);
  return wanted.list() ? std::ranges::any_of(*wanted.list(), one) : one(wanted);
}

int64_t place_of(const std::string& text, const Arguments& a, bool last) {
  const std::string& part = string_of(needed(a, 0, "find"), "what find() looks for");
  const size_t at = last ? text.rfind(part) : text.find(part);
  return at == std::string::npos ? -1 : length_of(Value(text.substr(0, at)));
}

int64_t count_of(const std::string& text, const std::string& part) {
  if (part.empty()) return length_of(Value(text)) + 1;
  int64_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

template <class F>
bool all_characters(const std::string& text, F&& is) {
  const std::vector<std::string> characters = characters_of(text);
  return !characters.empty() && std::ranges::all_of(characters, [&](const std::string& c) { return is(text::character_at(c.data())); });
}

using StringMethod = Value (*)(const std::string& text, const Arguments& a);
struct NamedStringMethod {
  std::string_view name;
  StringMethod call;
};
using Str = std::string;
using Args = Arguments;

const NamedStringMethod kStringMethods[] = {
    {"strip", [](const Str& s, const Args& a) -> Value { return stripped(s, a.find(0, "chars"), true, true); }},
    {"lstrip", [](const Str& s, const Args& a) -> Value { return stripped(s, a.find(0, "chars"), true, false); }},
    {"rstrip", [](const Str& s, const Args& a) -> Value { return stripped(s, a.find(0, "chars"), false, true); }},
    {"split", [](const Str& s, const Args& a) -> Value { return split(s, a, false); }},
    {"rsplit", [](const Str& s, const Args& a) -> Value { return split(s, a, true); }},
    {"splitlines", [](const Str& s, const Args& a) -> Value { return Value::of(lines_of(s, !a.list.empty() && is_true(a.list[0]))); }},
    {"startswith", [](const Str& s, const Args& a) -> Value { return has_end(s, a, true); }},
    {"endswith", [](const Str& s, const Args& a) -> Value { return has_end(s, a, false); }},
    {"upper", [](const Str& s, const Args&) -> Value { return uppercase(s); }},
    {"lower", [](const Str& s, const Args&) -> Value { return lowercase(s); }},
    {"capitalize", [](const Str& s, const Args&) -> Value { return capitalized(s); }},
    {"title", [](const Str& s, const Args&) -> Value { return titled(s); }},
    {"replace",
     [](const Str& s, const Args& a) -> Value {
       return replaced(s, string_of(needed(a, 0, "replace"), "what is replaced"), string_of(needed(a, 1, "replace"), "what replaces it"),
                       a.list.size() > 2 ? whole_number(a.list[2], "the count") : -1);
     }},
    {"find", [](const Str& s, const Args& a) -> Value { return place_of(s, a, false); }},
    {"rfind", [](const Str& s, const Args& a) -> Value { return place_of(s, a, true); }},
    {"count", [](const Str& s, const Args& a) -> Value { return count_of(s, string_of(needed(a, 0, "count"), "what is counted")); }},
    {"join", [](const Str& s, const Args& a) -> Value { return joined_texts(elements_of(needed(a, 0, "join")), s); }},
    {"removeprefix",
     [](const Str& s, const Args& a) -> Value {
       const Str& part = string_of(needed(a, 0, "removeprefix"), "what is removed");
       return s.starts_with(part) ? s.substr(part.size()) : s;
     }},
    {"removesuffix",
     [](const Str& s, const Args& a) -> Value {
       const Str& part = string_of(needed(a, 0, "removesuffix"), "what is removed");
       return s.ends_with(part) ? s.substr(0, s.size() - part.size()) : s;
     }},
    {"isdigit", [](const Str& s, const Args&) -> Value { return all_characters(s, [](char32_t c) { return u_isdigit(static_cast<UChar32>(c)); }); }},
    {"isalpha", [](const Str& s, const Args&) -> Value { return all_characters(s, [](char32_t c) { return u_isalpha(static_cast<UChar32>(c)); }); }},
    {"isalnum", [](const Str& s, const Args&) -> Value { return all_characters(s, [](char32_t c) { return u_isalnum(static_cast<UChar32>(c)); }); }},
    {"isspace", [](const Str& s, const Args&) -> Value { return all_characters(s, is_python_blank); }},
    {"isupper", [](const Str& s, const Args&) -> Value { return uppercase(s) == s && lowercase(s) != s; }},
    {"islower", [](const Str& s, const Args&) -> Value { return lowercase(s) == s && uppercase(s) != s; }},
};

}  // namespace

std::string stripped(const std::string& text, const Value* characters, bool left, bool right) {
  const std::string* chosen = characters && !characters->is<None>() ? &string_of(*characters, "what is stripped") : nullptr;
  const std::vector<std::string> wanted = chosen ? characters_of(*chosen) : std::vector<std::string>();
  const auto goes = [&](const std::string& c) {
    return chosen ? std::ranges::find(wanted, c) != wanted.end() : is_python_blank(text::character_at(c.data()));
  };
  const std::vector<std::string> all = characters_of(text);
  size_t begin = 0, end = all.size(), from = 0, to = text.size();
  for (; left && begin < end && goes(all[begin]); ++begin) from += all[begin].size();
  for (; right && end > begin && goes(all[end - 1]); --end) to -= all[end - 1].size();
  return text.substr(from, to - from);
}

std::string uppercase(const std::string& text) {
  return by_icu(text, [](icu::UnicodeString& s) { s.toUpper(icu::Locale::getRoot()); });
}
std::string lowercase(const std::string& text) {
  return by_icu(text, [](icu::UnicodeString& s) { s.toLower(icu::Locale::getRoot()); });
}
std::string capitalized(const std::string& text) {
  if (text.empty()) return text;
  std::string out;
  text::append_character(static_cast<char32_t>(u_totitle(static_cast<UChar32>(text::character_at(text.data())))), out);
  return out + lowercase(text.substr(text::character_length(text[0])));
}

std::string replaced(const std::string& text, const std::string& old, const std::string& by, int64_t most) {
  std::string out;
  if (old.empty()) {  // between all characters
    const std::vector<std::string> all = characters_of(text);
    for (size_t i = 0; i <= all.size(); ++i) out += cat(most < 0 || static_cast<int64_t>(i) < most ? by : "", i < all.size() ? all[i] : "");
    return out;
  }
  size_t at = 0;
  for (int64_t n = 0; most < 0 || n < most; ++n) {
    const size_t found = text.find(old, at);
    if (found == std::string::npos) break;
    out += text.substr(at, found - at) + by;
    at = found + old.size();
  }
  return out + text.substr(at);
}

std::string joined_texts(const List& texts, const std::string& separator) {
  std::string out;
  for (size_t i = 0; i < texts.size(); ++i) out += cat(i > 0 ? separator : "", string_of(texts[i], "what is joined"));
  return out;
}

Value string_method(const std::string& text, const std::string& name) {
  for (const NamedStringMethod& method : kStringMethods)
    if (method.name == name) return Value::of(Function([text, call = method.call](const Arguments& a) { return call(text, a); }));
  return Undefined{name};
}

}  // namespace gimbal::jinja
