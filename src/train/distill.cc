// A teacher beside the student.
#include "train/distill.h"

#include <cmath>
#include <numeric>
#include <optional>

#include "core/files.h"
#include "data/forms/setup.h"
#include "models/family.h"
#include "models/weights.h"
#include "train/run_tokenizer.h"
#include "train/trainer.h"

namespace gimbal {
namespace {

Architecture architecture_of(const fs::path& directory) {
  if (!fs::exists(directory / "config.json"))
    fail("the teacher ", directory.string(), " is no model directory: it has no config.json; give --teacher RUN/best, RUN/last or a step");
  const Context doing("reading " + directory.string());
  return read_config(parse_json(read_text_file(directory / "config.json"), "config.json"));
}

// What the teacher's head was trained by, as far as it shows.
std::string usual_objective(const Architecture& a) {
  if (a.head == "masked") return "mlm";
  if (a.head == "pretraining") return "mlm+nsp";
  if (a.encoder_layers > 0) return "span-corruption";
  if (a.mask == "prefix") return a.positions.kind == "blocks" ? "blank-infilling" : "prefix";
  return "causal";
}

int64_t half(int64_t layers) { return (layers + 1) / 2; }

// The teacher with half its layers.
Json smaller(const fs::path& directory, const Architecture& a) {
  Json model = {{"preset", directory.string()}, {"layers", half(a.layers)}};
  if (a.encoder_layers > 0) model["encoder_layers"] = half(a.encoder_layers);
  if (a.kv_heads) model["kv_heads"] = *a.kv_heads;  // these are chosen anew with the number of layers unless they are said
  if (a.head_width) model["head_width"] = *a.head_width;
  if (a.ffn_width) model["ffn_width"] = *a.ffn_width;
  return model;
}

std::string stacks_of(const Architecture& a) {
  return a.encoder_layers > 0 ? "an encoder with a decoder" : a.mask == "full" ? "an encoder" : a.mask == "prefix" ? "a prefix decoder" : "a decoder";
}

void check_vocabularies(const Tokenizer& teacher, const Tokenizer& student) {
  if (same_vocabulary(teacher, student)) return;
  fail("teacher and student do not share a vocabulary (", teacher.vocab_size(), " and ", student.vocab_size(),
       " entries), so their answers cannot be compared; give the student the teacher's tokenizer, or let the teacher write texts that the student "
       "learns from: gimbal distill --through-text 1000");
}

void check_pair(const Architecture& teacher, const Architecture& student, int64_t context) {
  if (teacher.vocab != student.vocab)
    fail("the teacher's head has ", teacher.vocab, " rows and the student's ", student.vocab, "; set model.vocab=", teacher.vocab);
  if (teacher.head != student.head || teacher.labels != student.labels)
    fail("the teacher's head (", teacher.head, teacher.labels.empty() ? "" : ": " + joined(teacher.labels), ") is not the student's (", student.head,
         student.labels.empty() ? "" : ": " + joined(student.labels), "); train the teacher on the same task or objective first");
  if (student.head == "none") fail("a model with model.head none answers nothing that could be learned; choose a head");
  if (student.head == "embed")
    fail("embeddings have no answers that could be distilled; fine-tune the student on the teacher's scored pairs (--task similarity)");
  if (stacks_of(teacher) != stacks_of(student))
    fail("the teacher is ", stacks_of(teacher), " and the student ", stacks_of(student), ", which do not read alike; choose another family");
  if (teacher.context < context)
    fail("batch.context ", context, " is longer than the teacher's context of ", teacher.context, "; give --context ", teacher.context);
}

// "encoder.block.3.attn…" with the teacher's layer in place of the student's.
std::string name_at_teacher(const std::string& name, const Architecture& student, const Architecture& teacher) {
  const size_t at = name.find("block.");
  if (at == std::string::npos || (at > 0 && name[at - 1] != '.')) return name;
  const size_t digits = at + std::string("block.").size(), end = name.find('.', digits);
  const bool encoder = name.starts_with("encoder.");
  const int64_t layer = std::stoll(name.substr(digits, end - digits)) + 1;
  const int64_t taken =
      encoder ? teacher_layer(layer, student.encoder_layers, teacher.encoder_layers) : teacher_layer(layer, student.layers, teacher.layers);
  return cat(name.substr(0, digits), taken - 1, name.substr(end));
}

class Distillation final : public Lesson {
 public:
  Distillation(std::shared_ptr<Model> teacher, const Model& student, const RunConfig& config)
      : teacher_(std::move(teacher)), config_(config.distill), fingerprint_(teacher_->parameters().content_hash()) {
    if (compute_type(config) == DType::kBF16) teacher_->parameters().refresh_shadows();
    const int64_t from = student.architecture().width, to = teacher_->architecture().width;
    if (config_.hidden_weight == 0 || from == to) return;
    projection_ = &projections_.make("projection.weight", Shape{to, from},
                                     {{to, InitPart::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(from))}}, Decay::kYes);
    projections_.allocate(Device::kCpu, DType::kF32);
    projections_.initialize(static_cast<uint64_t>(config.train.seed));
  }

  Var loss(Tape& tape, Model& student, const TokenRows& given, const Flow& flow, const ops::CrossEntropySpec& spec, const LossScale& scale,
           Losses& losses) override {
    States ours, theirs;
    Tape unrecorded(Tape::Mode::kInference, Tape::Phase::kEval);
    Flow teaching;
    teaching.compute = flow.compute;
    const Var said = teacher_->hidden(unrecorded, given, watched(teaching, theirs));
    TokenRows rows = given;
    auto teachers = std::make_shared<std::vector<ops::Teacher>>();
    for (ops::LinearLogits& map : teacher_->head().maps(unrecorded, said, given))
      teachers->push_back({std::move(map), config_.temperature, config_.weight});
    rows.teachers = std::move(teachers);
    const Var hidden = student.hidden(tape, rows, watched(flow, ours));
    Var loss = student.loss(tape, hidden, rows, spec, scale, losses);
    const bool pair = student.architecture().encoder_layers > 0;
    const auto add = [&](const Var& term) { loss = ops::sum_of_losses(tape, loss, term); };
    if (config_.hidden_weight > 0) {
      add(distance(tape, ours.main, theirs.main, scale.row, losses));
      if (pair) add(distance(tape, ours.encoder, theirs.encoder, scale.source_row, losses));
    }
    if (config_.attention_weight > 0) {
      add(divergence(tape, rows, ours.attention, theirs.attention, scale.row, losses));
      if (pair) add(divergence(tape, *rows.encoder, ours.encoder_attention, theirs.encoder_attention, scale.source_row, losses));
    }
    return loss;
  }

  Parameters* parameters() override { return projection_ ? &projections_ : nullptr; }
  uint64_t fingerprint() const override { return fingerprint_; }

 private:
  // The embeddings and what each block leaves, and the last block's attention, of the main stack and of an encoder.
  struct States {
    std::vector<Var> main, encoder;
    AttentionParts attention, encoder_attention;
  };

  Flow watched(Flow flow, States& states) const {
    if (config_.hidden_weight > 0) flow.hidden = &states.main, flow.encoder_hidden = &states.encoder;
    if (config_.attention_weight > 0) flow.attention = &states.attention, flow.encoder_attention = &states.encoder_attention;
    return flow;
  }

  Var divergence(Tape& tape, const TokenRows& rows, const AttentionParts& ours, const AttentionParts& theirs, double row_scale, Losses& losses) {
    const ops::AttentionSpec &s = ours.spec, &t = theirs.spec;
    const ops::RelationSpec spec{relation_heads(s, t), s.mask};
    const double scale = row_scale * config_.attention_weight / static_cast<double>(spec.heads);
    std::optional<Var> total;
    for (const auto& [part, heads, their_heads] : {std::tuple{&AttentionParts::q, s.heads, t.heads},
                                                   {&AttentionParts::k, s.kv_heads, t.kv_heads},
                                                   {&AttentionParts::v, s.kv_heads, t.kv_heads}}) {
      const ops::Part &a = ours.*part, &b = theirs.*part;
      double sum = 0;
      const Var term = ops::relation_distance(tape, spec, rows.segments, {a.var, a.begin, heads * s.head_width},
                                              {b.var, b.begin, their_heads * t.head_width}, scale, sum);
      losses.inner += scale * sum;
      total = total ? ops::sum_of_losses(tape, *total, term) : term;
    }
    return *total;
  }

  Var distance(Tape& tape, const std::vector<Var>& ours, const std::vector<Var>& theirs, double row_scale, Losses& losses) {
    const auto layers = static_cast<int64_t>(ours.size()) - 1, teacher_layers = static_cast<int64_t>(theirs.size()) - 1;
    const double scale = row_scale * config_.hidden_weight / static_cast<double>((layers + 1) * theirs[0].cols());
    std::optional<Var> total;
    for (int64_t i = 0; i <= layers; ++i) {
      const Var& h = ours[static_cast<size_t>(i)];
      const Var y = projection_ ? ops::linear(tape, h, *projection_, nullptr) : h;
      double squares = 0;
      const Var term = ops::squared_distance(tape, y, theirs[static_cast<size_t>(teacher_layer(i, layers, teacher_layers))].value, scale, squares);
      losses.inner += scale * squares;
      total = total ? ops::sum_of_losses(tape, *total, term) : term;
    }
    return *total;
  }

  std::shared_ptr<Model> teacher_;
  DistillConfig config_;
  uint64_t fingerprint_;
  Parameters projections_;
  Parameter* projection_ = nullptr;
};

}  // namespace

void check_taken_layers(const Architecture& student, const DistillConfig& config) {
  if (!config.from_teacher_layers || !learns_from_answers(config)) return;
  const Architecture teacher = teacher_architecture(config);
  if (student.layers > teacher.layers || student.encoder_layers > teacher.encoder_layers)
    fail("distill.from_teacher_layers gives each layer of the student another one of the teacher's, and the student has ", student.blocks(),
         " layers and the teacher ", teacher.blocks(), "; leave it out, or give the student at most as many");
}

void take_layers(Model& student, Model& teacher) {
  for (Parameter& p : student.parameters().all()) {
    const std::string name = name_at_teacher(p.name, student.architecture(), teacher.architecture());
    const Parameter* from = teacher.parameters().find(name);
    if (!from || from->shape != p.shape)
      fail("distill.from_teacher_layers needs a student of the teacher's design and widths, and the teacher has ",
           from ? cat(name, " of shape ", from->shape.to_string(), " where the student has ", p.shape.to_string()) : cat("no ", name),
           "; leave it out, or change the student's layers only");
    std::copy_n(static_cast<const std::byte*>(from->value.raw()), p.value.bytes(), static_cast<std::byte*>(p.value.raw()));
  }
}

int64_t relation_heads(const ops::AttentionSpec& student, const ops::AttentionSpec& teacher) {
  int64_t common = 0;
  for (const ops::AttentionSpec* spec : {&student, &teacher})
    for (const int64_t heads : {spec->heads, spec->kv_heads}) common = std::gcd(common, heads * spec->head_width);
  int64_t heads = std::min(teacher.heads, common);
  while (common % heads != 0) --heads;
  return heads;
}

int64_t teacher_layer(int64_t layer, int64_t student_layers, int64_t teacher_layers) {
  return (2 * layer * teacher_layers + student_layers) / (2 * student_layers);
}

Architecture teacher_architecture(const DistillConfig& config) { return architecture_of(config.teacher); }

Json distill_defaults(const Json& asked) {
  const auto wanted = [&](const char* part, const char* name) { return text_setting(asked, part, name); };
  const fs::path directory = wanted("distill", "teacher");
  if (directory.empty()) fail("give --teacher, the directory of the model that is learned from");
  const Architecture a = architecture_of(directory);
  Json defaults = Json::object();
  const std::string model = wanted("model", "preset");
  DistillConfig distill;
  read_fields(asked["distill"], distill, "distill");
  if (distill.texts > 0) {
    if (model.empty()) fail("give --model, the student that is to learn from the teacher's texts");
    return defaults;
  }
  if (model.empty()) {
    defaults["model"] = smaller(directory, a);
    defaults["distill"] = {{"from_teacher_layers", true}};
  } else if (!fs::is_directory(model)) {
    defaults["model"] = {{"vocab", a.vocab}};
    defaults["tokenizer"] = {{"path", directory.string()}};
  }
  std::string task = wanted("task", "name");
  if (task.empty() && wanted("objective", "kind").empty() && fs::exists(directory / TaskSetup::kFile)) {
    task = load_task_setup(directory).task;
    defaults["task"] = {{"name", task}};
  }
  if (!task.empty()) return defaults;  // fine-tuning gives both the tokens that the task needs before they are compared
  if (wanted("objective", "kind").empty()) defaults["objective"] = {{"kind", usual_objective(a)}};
  const std::string own = fs::is_directory(model) ? model : wanted("tokenizer", "path");
  if (!own.empty()) check_vocabularies(Tokenizer::load(directory), Tokenizer::load(own));
  return defaults;
}

std::shared_ptr<Lesson> make_distillation(const RunConfig& config, Model& student, const Tokenizer& tokenizer, int64_t context, Start start) {
  if (!learns_from_answers(config.distill)) return nullptr;
  const fs::path directory = config.distill.teacher;
  check_vocabularies(Tokenizer::load(directory), tokenizer);
  check_pair(teacher_architecture(config.distill), student.architecture(), context);
  std::unique_ptr<Model> teacher = load_model(directory);
  if (start == Start::kFresh && config.distill.from_teacher_layers) take_layers(student, *teacher);
  return std::make_shared<Distillation>(std::move(teacher), student, config);
}

std::shared_ptr<Lesson> distillation_from(std::shared_ptr<Model> teacher, const Model& student, const RunConfig& config) {
  return std::make_shared<Distillation>(std::move(teacher), student, config);
}

}  // namespace gimbal
