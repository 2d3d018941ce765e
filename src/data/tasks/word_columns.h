// Words and tags in columns: CoNLL-2000 and 2003, WNUT, GermEval, and CoNLL-U.
#pragma once

#include <string_view>

#include "data/tasks/shapes.h"

namespace gimbal {

/// One word a line, columns divided by tabs or, where a line has none, by spaces; sentences by empty lines or -DOCSTART- lines.
/// Word first, tag last; for the task "pos" in three columns or more the second. Of several tags joined by commas the first. Error naming the line
/// when columns differ in number.
void read_word_columns(std::string_view text, Sink& sink);

/// CoNLL-U (universaldependencies.org/format): FORM and UPOS; comments, multi-word tokens and empty nodes are passed over, sent_id becomes the id.
void read_conllu(std::string_view text, Sink& sink);

}  // namespace gimbal
