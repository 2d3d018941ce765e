// The explicit lists of component kinds: choosing one by the "type" of its JSON object.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "text/json.h"

namespace gimbal::text {

template <class Pointer>
struct Kind {
  const char* type;
  Pointer (*make)(const Json& json);
};

/// Makes the component of kind `type` from `json`; `stage` names the stage in sentences, such as "normalizer".
template <class Pointer>
Pointer make_kind(const std::string& type, const Json& json, const std::string& stage, std::span<const Kind<Pointer>> kinds) {
  const Context context("reading the " + stage + " " + type);
  std::vector<std::string> names;
  for (const Kind<Pointer>& kind : kinds) {
    if (type == kind.type) return kind.make(json);
    names.emplace_back(kind.type);
  }
  fail("the ", stage, " \"", type, "\" is not supported; supported are ", joined(names));
}

/// The same for the kind that the object names itself. null gives nullptr.
template <class Pointer>
Pointer make_from_kinds(const Json& json, const std::string& stage, std::span<const Kind<Pointer>> kinds) {
  return json.is_null() ? nullptr : make_kind(field_as<std::string>(json, "type"), json, stage, kinds);
}

/// Sequences may hold sequences, but a file must not exhaust the stack with them.
class Nesting {
 public:
  Nesting() {
    if (++depth_ > kMaxDepth) {
      --depth_;
      fail("sequences are nested more than ", kMaxDepth, " deep");
    }
  }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  static constexpr int kMaxDepth = 16;
  static inline thread_local int depth_ = 0;
};

/// The members of a Sequence component, made by `make_one`.
template <class Pointer>
std::vector<Pointer> make_members(const Json& json, const std::string& key, Pointer (*make_one)(const Json& json)) {
  const Nesting nesting;
  std::vector<Pointer> members;
  for (const Json& member : array_field(json, key)) {
    members.push_back(make_one(member));
    if (!members.back()) fail("\"", key, "\" has a null member");
  }
  return members;
}

/// {"type": "Sequence", key: [...]}.
template <class Pointer>
OrderedJson sequence_json(const std::string& key, const std::vector<Pointer>& members) {
  OrderedJson list = OrderedJson::array();
  for (const Pointer& member : members) list.push_back(member->to_json());
  return {{"type", "Sequence"}, {key, list}};
}

}  // namespace gimbal::text
