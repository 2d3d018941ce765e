// Where Metaspace puts its mark in front of a word that has none: a field of its pre-tokenizer and its decoder.
#pragma once

#include "text/json.h"

namespace gimbal::text {

enum class PrependScheme : uint8_t { kAlways, kNever, kFirst };  // kFirst: only where the original text begins

inline constexpr const char* kPrependSchemeNames[] = {"always", "never", "first"};

inline std::string prepend_scheme_name(PrependScheme scheme) { return kPrependSchemeNames[static_cast<size_t>(scheme)]; }

/// From "prepend_scheme"; older files have "add_prefix_space", where false is "never". Without either: "always".
inline PrependScheme prepend_scheme_from(const Json& json) {
  const bool never = !field_or(json, "add_prefix_space", true);
  const auto name = field_or<std::string>(json, "prepend_scheme", never ? "never" : "always");
  if (never && name != "never") fail("\"add_prefix_space\" is false, but \"prepend_scheme\" is \"", name, "\"");
  for (size_t i = 0; i < std::size(kPrependSchemeNames); ++i) {
    if (name == kPrependSchemeNames[i]) return static_cast<PrependScheme>(i);
  }
  fail("\"prepend_scheme\" is \"", name, "\", but it must be always, never or first");
}

}  // namespace gimbal::text
