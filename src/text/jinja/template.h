// A chat template: the subset of Jinja that turns conversations into a model's prompt, as transformers renders it (trim_blocks, lstrip_blocks,
// immutable values, {% generation %} around what the assistant says).
//
//   statements  if for (else, if) set (of several, of a namespace's member, of a block) macro generation break continue raw comments
//   values      strings, numbers, lists, maps, namespaces, none, undefined, with Python's operators, methods and slices
// Not there: include, import, extends, call, filter blocks, recursive loops; their names are refused with a sentence.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"
#include "text/utf8.h"

namespace gimbal::jinja {

struct Statement;

struct Rendered {
  std::string text;
  std::vector<text::Span> generated;  // what stood in {% generation %} blocks
};

/// Immutable; copies share everything; may be rendered by several threads.
class Template {
 public:
  /// Error "chat template line 3: …" when the source is malformed or uses what is not there.
  explicit Template(std::string_view source);

  /// `variables` is an object. Error with the line for what cannot be computed and for what the template itself refuses (raise_exception).
  Rendered render(const text::OrderedJson& variables) const;

  /// Whether the template says by itself what the assistant says.
  bool marks_generation() const { return marks_generation_; }

 private:
  std::shared_ptr<const std::vector<Statement>> statements_;
  bool marks_generation_ = false;
};

}  // namespace gimbal::jinja
