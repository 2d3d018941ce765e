// What the forms of one label a record share: its one or two texts, laid out.
#pragma once

#include "data/forms/form.h"

namespace gimbal {

/// A record's one or two texts between the layout's special tokens.
TextLayout::Laid lay_texts(const FormRequest& request, const Record& record);
/// Appends them, in both orders where these are asked for: then two sequences are a group (TokenBatch::choices).
void add_texts(const FormRequest& request, const Record& record, TokenBatch& batch);
/// Appends a sequence, with its next tokens as targets where these are asked for.
void add_sequence(const FormRequest& request, Sequence sequence, TokenBatch& batch);

/// Error for a record with fewer than one or more than two texts, or with nothing in them. One of two may be empty, as in a few pairs of QQP.
void check_texts(const Record& record);
/// Error for a record without two texts where both orders are read.
void check_orders(const FormRequest& request, const Record& record);
/// Error for a label that the model has no output for.
void check_label(const std::vector<std::string>& labels, const Record& record);

}  // namespace gimbal
