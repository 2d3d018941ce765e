// What the table of tasks holds: families, tasks, and how much work a cell is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "data/world/tasks/world_tasks.h"

namespace gimbal::lab {

/// What a cell starts from and learns: the task alone behind pretraining or from nothing, or all tasks of the table together behind pretraining.
enum class CellStart : uint8_t { kStories, kNothing, kTogether };
constexpr CellStart kStarts[] = {CellStart::kStories, CellStart::kNothing, CellStart::kTogether};
std::string_view name_of(CellStart start);

struct TableFamily {
  std::string_view name;
  std::string_view objective;
  std::string_view model;     // settings over the table's own, as JSON
  std::string_view pretrain;  // sections of a run file over the table's own, as JSON
  double lr;                  // of fine-tuning behind pretraining
  bool quick;                 // in the small table
};

/// How much work a cell is, and how large its model.
struct Effort {
  int64_t story_bytes, vocab, pretrain_steps, examples, finetune_steps, joint_steps, tested, layers, width;

  template <class V>
  void fields(V&& v) {
    v("story_bytes", story_bytes, "of the text that pretraining reads");
    v("vocab", vocab, "entries of each tokenizer");
    v("pretrain_steps", pretrain_steps, "of each family");
    v("examples", examples, "records of each task to learn from");
    v("finetune_steps", finetune_steps, "of one task; fewer for some heads");
    v("joint_steps", joint_steps, "of all tasks together");
    v("tested", tested, "test records that are scored");
    v("layers", layers, "blocks");
    v("width", width, "channels");
  }
};

struct TablePlan {
  std::vector<const TableFamily*> families;
  std::vector<const world::WorldTask*> tasks;
  Effort effort;
  uint64_t seed = 1;
};

/// The small table, or the whole one; of some families and tasks where they are named (Error that names the nearest). Conversations and comparisons
/// of vectors have no score beside a majority and are left out.
enum class TableSize : uint8_t { kQuick, kWhole };
TablePlan table_plan(TableSize size, const std::vector<std::string>& families, const std::vector<std::string>& tasks, uint64_t seed);

/// Steps of fine-tuning on a task that is asked by a head of this name, or as text: tags of all words and a place in a text teach more a record than
/// one label does, and a choice reads its text once for each answer.
int64_t finetune_steps(const Effort& effort, const world::WorldTask& task, std::string_view form);

/// Sections of a run file.
Json model_settings(const TableFamily& family, const Effort& effort);
Json pretrain_settings(const TableFamily& family, const TablePlan& plan);
Json finetune_optimizer(const TableFamily& family, CellStart start);

/// What the scores of this plan depend on: effort, seed, tasks, and the training of each family of the table, chosen or not.
Json recipe(const TablePlan& plan);

}  // namespace gimbal::lab
