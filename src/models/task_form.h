// How a model is asked labelled records, from its architecture.
#pragma once

#include "data/forms/form.h"
#include "data/forms/setup.h"
#include "layers/architecture.h"

namespace gimbal {

/// How a source and its target are laid out. Error for an encoder alone, which writes nothing.
Frame frame_of(const Architecture& a);

/// "head": a new head answers (encoders, causal decoders). "text": the model writes (encoder-decoders, GLM, and tasks whose answer is a text).
/// `wanted` is head, text, or auto, which takes the usual one. The result is a name of form_kinds(). Error when the model cannot carry it.
std::string form_name(const Architecture& a, const Task& task, const std::string& wanted);

/// The setup of a task for a model with this tokenizer, as a form wants it.
FormRequest form_request(const Architecture& a, const Tokenizer& tokenizer, const TaskSetup& setup);

/// Whether the model writes the answers of this form.
bool is_written(const std::string& form);

/// Whether a model is asked through a head of its own by this form, and then that head's name; else "language".
std::string head_of_form(const std::string& form);

/// How a text is laid before this model when its vector is asked for.
EmbeddingText::Kind embedding_of(const Architecture& a);

/// Whether a form writes GPT-1's tokens, which the tokenizer then needs (decoder_task_tokens()).
bool adds_task_tokens(const Architecture& a, const std::string& form);

/// Whether a form of a head on this model reads in the layout of an encoder.
TextLayout::Kind layout_of(const Architecture& a);

}  // namespace gimbal
