// Trainings of small decoders on labelled texts.
#pragma once

#include <memory>

#include "lab/cell.h"
#include "lab/sources/task_texts.h"
#include "lab/stand/train.h"

namespace gimbal::lab {

/// A Llama of the cell's "width" that learns to say labels, from the cell's seed; steps and rate are for the caller to choose.
Training on_task_texts(const Cell& cell, int64_t layers, std::shared_ptr<const TaskTexts> texts, const TaskTextsSpec& spec);

}  // namespace gimbal::lab
