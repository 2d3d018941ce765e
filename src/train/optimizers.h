// Optimizers over a model's parameters: one file each in train/optimizer/, one line each in optimizers.cc.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/parameter.h"
#include "core/fields.h"
#include "kernels/optimizer.h"
#include "models/model.h"

namespace gimbal {

/// Which weights an update changes is the model's business (Parameter::trainable, Parameter::decay), by how much is said here.
struct OptimizerConfig {
  std::string kind = "adamw";
  double lr = 3e-4;
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8;
  double weight_decay = 0.1;
  double momentum = 0.9;
  bool nesterov = false;
  double layer_decay = 1;
  double beta2_decay = -0.8, least_scale = 1e-3, update_clip = 1;
  std::string adjust_lr = "match-adamw";

  template <class V>
  void fields(V&& v) {
    v("kind", kind, "adamw, sgd, adafactor, lion or muon");
    v("lr", lr, "peak learning rate");
    v("beta1", beta1, "adamw, lion: decay of the first moment (muon: of its AdamW part)");
    v("beta2", beta2, "adamw, lion: decay of the second moment (muon: of its AdamW part)");
    v("eps", eps, "adamw: added to the root of the second moment");
    v("weight_decay", weight_decay, "decoupled decay of matrices and tables; gains and biases never decay (sgd: added to the gradient)");
    v("momentum", momentum, "sgd, muon");
    v("layer_decay", layer_decay, "factor of the learning rate from each layer to the one below it; the embeddings are the lowest; 1: all alike");
    v("nesterov", nesterov, "sgd: look ahead (muon always does)");
    v("beta2_decay", beta2_decay, "adafactor: the second moment's decay is 1 - step^this");
    v("least_scale", least_scale, "adafactor: least size of a weight that its relative step assumes");
    v("update_clip", update_clip, "adafactor: largest root mean square of an update before the learning rate");
    v("adjust_lr", adjust_lr,
      "muon: match-adamw gives updates the size of AdamW's, 0.2 lr for each weight; original multiplies lr by sqrt(max(1, rows / columns))");
  }
};

class Optimizer {
 public:
  /// Told for every parameter that was updated.
  using Report = std::function<void(const Parameter& p, const kernels::UpdateSums& sums)>;
  virtual ~Optimizer() = default;

  /// Updates every trainable parameter whose gradient was written; gradients are multiplied by grad_scale on the way in (clipping) and left
  /// as they are. Values are brought back to their parameters' constraints, bf16 shadows are refreshed.
  void step(double lr, double grad_scale, const Report& report);
  /// Tensors to keep in a checkpoint, "<parameter>.<what>" each; loading copies into them.
  std::vector<std::pair<std::string, Tensor>> state() const { return state_; }
  /// Steps taken before, after a resume.
  void set_steps_done(int64_t steps) { steps_ = steps; }
  /// Factors of the learning rate, one a parameter in the order of the list; empty: all 1.
  void set_lr_factors(std::vector<double> factors) { lr_factors_ = std::move(factors); }

 protected:
  explicit Optimizer(Parameters& parameters) : parameters_(parameters) {}
  /// Zeros of the value's type, kept in checkpoints.
  Tensor make_state(const Parameter& p, std::string_view what, Shape shape);
  /// The parameter at `index` of the list; t is 1 at the first step.
  virtual kernels::UpdateSums update(size_t index, Parameter& p, double lr, double grad_scale, int64_t t) = 0;
  Parameters& parameters() { return parameters_; }

 private:
  Parameters& parameters_;
  std::vector<std::pair<std::string, Tensor>> state_;
  std::vector<double> lr_factors_;
  int64_t steps_ = 0;
};

struct OptimizerKind {
  std::string_view name;
  std::unique_ptr<Optimizer> (*make)(const OptimizerConfig& config, Parameters& parameters);
  double values_per_parameter;  // f32 of state for each weight of a large matrix
};
std::span<const OptimizerKind> optimizer_kinds();

/// Error for an unknown kind, naming the nearest, and for numbers out of range.
void check_optimizer(const OptimizerConfig& config);
/// The parameters are allocated and stay where they are. Error as check_optimizer.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, Parameters& parameters);
/// The same with layer-wise decay of the learning rate (arXiv:1801.06146 section 3.2; ELECTRA, arXiv:2003.10555 appendix B): layer_decay ^ (places
/// below the head). What follows the last layer stands at the head, the last layer is 1 below it, an encoder's layers lie below its decoder's, and
/// the embeddings and relative positions below all of them.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, Model& model);
double optimizer_values_per_parameter(const OptimizerConfig& config);

/// Decay that applies to p.
inline double decay_of(const OptimizerConfig& config, const Parameter& p) { return p.decay == Decay::kYes ? config.weight_decay : 0; }

}  // namespace gimbal
