// A trainable tensor with its name, its gradient and how it starts; and the ordered set of all of a model's.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensor/tensor.h"

namespace gimbal {

/// How a range of rows of a parameter starts. Fused projections start part by part.
struct InitPart {
  enum class Kind : uint8_t { kConstant, kNormal, kUniform };
  int64_t rows = 0;  // rows covered, in order; the parts of a parameter cover it exactly
  Kind kind = Kind::kConstant;
  double value = 0;  // the constant, or the standard deviation (kNormal), or the bound (kUniform: [-value, value))
};

enum class Decay : uint8_t { kYes, kNo };

struct Parameter;

/// A path of low rank beside rows [row_begin, row_begin + up->rows()) of a linear map W (LoRA, arXiv:2106.09685):
///   y[rows] = (W x)[rows] + scale * up (down dropout(x))
struct LowRank {
  Parameter *down, *up;  // [r, inputs] and [rows, r]; the paper's A and B
  int64_t row_begin = 0;
  double scale = 1;
  double dropout = 0;
};

/// A matrix W that is used as gain / sigma(W) W, part by part of its init (layers/weights/sigma.cc). Both null: W as it is.
struct Spectral {
  Parameter* gain = nullptr;  // [parts]
  Parameter* left = nullptr;  // [rows], a buffer: the left singular vector of each part, as far as the power iteration has come
};

/// What holds of a value at the start and after every update.
enum class Constraint : uint8_t { kNone, kUnitRows, kUnitColumns, kNonNegative };

struct Parameter {
  std::string name;
  Shape shape;
  std::vector<InitPart> init;
  Decay decay = Decay::kYes;
  bool trainable = true;
  /// Of linear maps: what is learned beside a frozen weight. The paths' own parameters are of_adapter.
  std::vector<LowRank> low_rank;
  bool of_adapter = false;
  Spectral spectral;
  Constraint constraint = Constraint::kNone;
  /// Replaces `init` for fixed tables (sinusoids): computes the value.
  std::function<void(Tensor& value)> fill;

  Tensor value;   // f32 master (f64 on the reference device; bf16 possible in inference); undefined until Parameters::allocate
  Tensor grad;    // f32, exists once a backward wrote it
  Tensor shadow;  // bf16 copy of value for bf16 products, or undefined
  bool grad_written = false;

  /// Rows when seen as a matrix (1 for vectors).
  int64_t rows() const { return shape.rank() < 2 ? 1 : shape[0]; }
  bool is_matrix() const { return shape.rank() >= 2; }
};

/// Whether any of them, which may be null, is to be learned.
inline bool trains(std::initializer_list<const Parameter*> parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [](const Parameter* p) { return p && p->trainable; });
}

/// Brings the value (and its bf16 copy) back to the parameter's constraint. A row or column of zeros stays as it is.
void constrain(Parameter& p);

/// All parameters of a model, in the order of their making. Addresses are stable. Making one costs no memory until allocate().
class Parameters {
 public:
  /// Registers a parameter; a second call with the same name and shape shares the first.
  Parameter& make(std::string name, Shape shape, std::vector<InitPart> init, Decay decay);
  Parameter& make_constant(std::string name, Shape shape, double value, Decay decay = Decay::kNo);
  /// A tensor that is saved with the model and never trained (running statistics).
  Parameter& make_buffer(std::string name, Shape shape, double value);

  Parameter* find(const std::string& name);
  std::deque<Parameter>& all() { return list_; }
  const std::deque<Parameter>& all() const { return list_; }

  /// Number of trainable elements.
  int64_t count() const;
  /// Of every value's bits; a change of one shows.
  uint64_t content_hash() const;

  /// Memory for every value, on this device with this type; contents are undefined.
  void allocate(Device device, DType dtype);
  /// Fills every value from its named stream, then constrains it: the same seed and name give the same numbers whatever else the model has.
  void initialize(uint64_t seed);
  /// bf16 copies of the matrices, for bf16 compute. Call again after the values changed by other means than an optimizer.
  void refresh_shadows();
  /// Forgets gradients (their memory stays).
  void clear_gradients();

 private:
  std::deque<Parameter> list_;
  std::unordered_map<std::string, size_t> by_name_;
};

}  // namespace gimbal
