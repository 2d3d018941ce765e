// What the forms of one label a record share: its one or two texts, laid out.
#pragma once

#include "data/forms/form.h"

namespace gimbal {

/// A record's texts between the layout's special tokens. Error for a record without text.
TextLayout::Laid lay_texts(const FormRequest& request, const Record& record);

}  // namespace gimbal
