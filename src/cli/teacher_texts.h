// Distillation through text: what the teacher writes becomes the data of a student of any family and vocabulary.
//
// The teacher answers the records of the data (sequence-level distillation, arXiv:1606.07947), which its student learns as text-to-text; or it goes
// on with the first words of plain texts, or begins of itself, which its student is pretrained on. OUT/texts.jsonl holds what it wrote, a line each;
// OUT/texts.json who wrote it. An earlier start's lines are kept, and the rest is written as if it had never stopped.
#pragma once

#include "train/run.h"

namespace gimbal {

/// Writes what is missing of OUT/texts.jsonl and makes it the data of `config`; where it holds answers, the task (where one is given) or the objective
/// becomes text-to-text. Error when OUT holds texts of another teacher or of other prompts, when the data does not fit the teacher's task, and when
/// nothing was written.
void let_the_teacher_write(RunConfig& config, const RunRequest& request);

}  // namespace gimbal
