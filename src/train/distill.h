// Distillation: a model learns what a teacher says besides what the data says.
//
//   loss = (1 - w) task + w T^2 KL(teacher || student)                                             (Hinton 2015, arXiv:1503.02531)
//        + h / (L + 1) sum over i = 0 … L of the mean square of (H_i W^T - H'_t(i))                (TinyBERT, arXiv:1909.10351, equations 8 and 9)
//        + a / (A N) sum over X of Q, K, V, heads, rows of KL(softmax(X' X'^T / √w') || softmax(X X^T / √w))
//                                                                                                  (MiniLMv2, arXiv:2012.15828, equations 4 to 6)
//
// Both sides' logits are softened by the temperature T. The first line is taken wherever the head takes its loss (each token, sequence, group or
// place; for a number it is the square of the difference), row by row, so that all logits of a vocabulary never exist at once. H_0 is the
// embeddings' sum, H_i what block i leaves in the stream; t(i) = round(i L' / L) spreads the student's L layers over the teacher's L'; W is learned
// where the widths differ, one for all layers, and forgotten with the run. Q, K and V are those of the last block's self-attention (of the encoder's
// last block too, where there is one), each cut anew into A relation heads of width w, so that neither heads nor widths need to match; a row is
// related to what the mask shows it, and N counts rows. The teacher is computed without dropout and does not change.
//
// A student of the teacher's width may start from the teacher's layers t(1) … t(L) (DistilBERT, arXiv:1910.01108, which takes every second one).
#pragma once

#include <memory>

#include "core/json.h"
#include "text/tokenizer.h"
#include "train/lesson.h"
#include "train/run_config.h"

namespace gimbal {

/// What a run file for distillation starts from, given what is asked for: the teacher's vocabulary, the objective that its head was trained by, or
/// the task that it is fine-tuned for. Without a model the student is the teacher with half its layers, begun from them. Error when the teacher is no
/// model directory, and when the student has another vocabulary.
Json distill_defaults(const Json& asked);

/// Whether a teacher answers each batch: there is one, and it is not asked for texts only.
inline bool learns_from_answers(const DistillConfig& config) { return !config.teacher.empty() && config.texts == 0; }
/// Error when the teacher is no model directory.
Architecture teacher_architecture(const DistillConfig& config);

enum class Start : uint8_t { kFresh, kResumed };
/// The lesson that config.distill asks for; null when it asks for no teacher, or for its texts only. `student` is filled; a fresh one takes the
/// teacher's layers when that is asked for. Error when teacher and student do not share a vocabulary, a head, or the form of their stacks, and when
/// the teacher's context is shorter than `context`.
std::shared_ptr<Lesson> make_distillation(const RunConfig& config, Model& student, const Tokenizer& tokenizer, int64_t context, Start start);

/// The same beside a teacher that is at hand, whose vocabulary and head are the student's.
std::shared_ptr<Lesson> distillation_from(std::shared_ptr<Model> teacher, const Model& student, const RunConfig& config);

/// Error when distill.from_teacher_layers asks for more layers than the teacher has.
void check_taken_layers(const Architecture& student, const DistillConfig& config);

/// Gives the student the embeddings, head and layers t(1) … t(L) of a teacher of its design and widths; error when it has others.
void take_layers(Model& student, Model& teacher);

/// A above: the most heads, up to the teacher's, that all widths of both sides can be cut into.
int64_t relation_heads(const ops::AttentionSpec& student, const ops::AttentionSpec& teacher);

/// The teacher's layer that the student's layer (from 1; 0: the embeddings) goes with.
int64_t teacher_layer(int64_t layer, int64_t student_layers, int64_t teacher_layers);

}  // namespace gimbal
