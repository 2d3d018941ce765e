// Loading a fine-tuned model.
#include "infer/task_model.h"

#include "models/task_form.h"

namespace gimbal {

namespace {

// A number is a number whatever it is called: files have one class for both.
bool same_head(const std::string& a, const std::string& b) {
  const auto number = [](const std::string& head) { return head == "regress" || head == "rerank"; };
  return a == b || (number(a) && number(b));
}

// task.json lies beside the weights and may be another model's.
void check_fits(const TaskSetup& setup, const Architecture& a) {
  const std::string head = head_of_form(setup.form);
  if (setup.form != "embed" && !same_head(head, a.head))
    fail(TaskSetup::kFile, " asks in the form '", setup.form, "', which needs the head ", head, ", and the model has ", a.head,
         "; they are not of one model");
  const bool named = setup.form == "classify" || setup.form == "tokens";
  if (named && setup.labels.size() != a.labels.size())
    fail(TaskSetup::kFile, " names ", setup.labels.size(), " labels and the model has ", a.labels.size(), " outputs; they are not of one model");
}

}  // namespace

TaskModel load_task_model(const fs::path& directory, const AskedAs& asked) {
  TaskModel m;
  m.setup = load_task_setup(directory, asked.task);
  m.text = load_text_model(directory, Device::kCpu);
  const Architecture& a = m.text.model->architecture();
  check_fits(m.setup, a);
  if (asked.context > 0) m.setup.context = asked.context;
  if (m.setup.context > a.context) fail("--context ", m.setup.context, " is longer than the model's context of ", a.context);
  if (m.setup.target_context == 0 && a.encoder_layers == 0) m.setup.target_context = asked.writing.max_tokens;  // a prompt leaves them free
  m.form = make_form(m.setup.form, form_request(a, tokenizer_of(m.text, directory), m.setup));
  m.writing = asked.writing;
  m.compute = asked.compute;
  return m;
}

}  // namespace gimbal
