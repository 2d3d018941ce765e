// The chat template that a tokenizer carries: of its tokenizer_config.json, or of the chat_template.jinja beside it.
#pragma once

#include <optional>
#include <string>

#include "text/jinja/template.h"
#include "text/tokenizer.h"

namespace gimbal {

/// The source: "chat_template" as a string, or of a list of {"name", "template"} the one called "default", else the first. Nothing when there is
/// none.
std::optional<std::string> chat_template_of(const Tokenizer& tokenizer);

/// The tokenizer with this template in its configuration, where save() writes it. The template is not read here.
Tokenizer with_chat_template(const Tokenizer& tokenizer, const std::string& source);

/// What every template is given beside the messages: "bos_token", "eos_token" and so on as the tokenizer writes them, and no tools, no documents.
text::OrderedJson template_variables(const Tokenizer& tokenizer);

}  // namespace gimbal
