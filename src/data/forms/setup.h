// How a fine-tuned model is asked, kept beside it as task.json, so that it can be asked again the same way.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"
#include "core/files.h"

namespace gimbal {

struct TaskSetup {
  std::string task;
  std::string form;                 // of form_kinds()
  std::vector<std::string> labels;  // classify, tokens: the classes in the order of the model's outputs
  int64_t context = 512, target_context = 0, stride = 128, longest_answer = 30;
  std::string pooling = {};
  double top_grade = 1;
  bool both_orders = false;

  template <class V>
  void fields(V&& v) {
    v("task", task, "name of the task");
    v("form", form, "classify, regress, tokens, span, choice, embed, rerank, text or chat");
    v("labels", labels, "classes, in the order of the model's outputs");
    v("context", context, "most tokens of a sequence");
    v("target_context", target_context, "most tokens that an encoder-decoder writes; 0: as context");
    v("stride", stride, "span: tokens by which windows of a long context overlap");
    v("longest_answer", longest_answer, "span: most tokens of an answer");
    v("pooling", pooling, "embed: mean, cls or last; empty for other forms");
    v("top_grade", top_grade, "rerank: the grade of a document that answers wholly");
    v("both_orders", both_orders, "two texts are read in both orders, whose summaries are added");
  }

  static constexpr const char* kFile = "task.json";
};

/// One task, or several as {"tasks": [...]}.
void save_task_setups(const std::vector<TaskSetup>& setups, const fs::path& directory);
/// Error when the directory has none.
std::vector<TaskSetup> load_task_setups(const fs::path& directory);
/// That of a task. An empty name is the only task's; error naming the tasks where there are several, or where it is not among them.
TaskSetup load_task_setup(const fs::path& directory, const std::string& task = "");

}  // namespace gimbal
