// Loading a fine-tuned model.
#include "infer/task_model.h"

#include "models/task_form.h"

namespace gimbal {

TaskModel load_task_model(const fs::path& directory, const AskedAs& asked) {
  TaskModel m;
  m.setup = load_task_setup(directory, asked.task);
  m.text = load_text_model(directory, Device::kCpu);
  const Architecture& a = m.text.model->architecture();
  if (asked.context > 0) m.setup.context = asked.context;
  if (m.setup.context > a.context) fail("--context ", m.setup.context, " is longer than the model's context of ", a.context);
  if (m.setup.target_context == 0 && a.encoder_layers == 0) m.setup.target_context = asked.writing.max_tokens;  // a prompt leaves them free
  m.form = make_form(m.setup.form, form_request(a, tokenizer_of(m.text, directory), m.setup));
  m.writing = asked.writing;
  m.compute = asked.compute;
  return m;
}

}  // namespace gimbal
