// Linear maps and their gradients against the definition, and the promise that rows and threads change no bit.
#include "kernels/matmul.h"

#include "kernels/kernel_checks.h"
#include "kernels/matmul_ref.h"

namespace gimbal::kernels {
namespace {

constexpr double kEps = std::numeric_limits<float>::epsilon();
const MatmulKernels kCpu = matmul_cpu(), kReference = matmul_reference();

struct Case {
  int64_t n, k, m;
};

std::string name_of_case(const char* form, const Case& c, DType in, DType out) {
  return cat(form, " n=", c.n, " k=", c.k, " m=", c.m, " ", name_of(in), " to ", name_of(out));
}

// Operands are unit normals, so the partial sums grow like sqrt(terms); each of the `terms` roundings is relative to them.
std::function<double(size_t)> bound_of(int64_t terms) {
  return [terms](size_t) { return 2 * kEps * static_cast<double>(terms + 4); };
}

const std::vector<Case> kCases = {{0, 5, 3},    {1, 1, 1},  {1, 7, 5},    {1, 64, 48},   {1, 100, 64},  {2, 33, 17}, {3, 768, 100}, {5, 0, 4},
                                  {4, 130, 65}, {7, 19, 1}, {8, 256, 33}, {9, 128, 300}, {31, 65, 127}, {32, 1, 9},  {65, 130, 31}};

struct Types {
  DType in, out;
};
const std::vector<Types> kTypes = {
    {DType::kF32, DType::kF32}, {DType::kBF16, DType::kBF16}, {DType::kBF16, DType::kF32}, {DType::kF32, DType::kBF16}};

TEST(Matmul, LinearIsTheDefinition) {
  Rng rng(1, "matmul.linear");
  for (const Case& c : kCases) {
    for (const auto& [in, out] : kTypes) {
      for (const bool with_bias : {false, true}) {
        const Tensor x = misaligned(random_tensor(rng, {c.n, c.k}, in)), w = misaligned(random_tensor(rng, {c.m, c.k}, in));
        const Tensor bias = with_bias ? random_tensor(rng, {c.m}) : Tensor();
        const Tensor y({c.n, c.m}, out), expected({c.n, c.m}, DType::kF64);
        kCpu.linear(x, w, bias, y);
        kReference.linear(x, w, bias, expected);
        expect_close(y, expected.to_doubles(), bound_of(c.k), name_of_case("y", c, in, out));
      }
    }
  }
}

TEST(Matmul, DxIsTheDefinitionReplacedOrAdded) {
  Rng rng(2, "matmul.dx");
  for (const Case& c : kCases) {
    for (const auto& [in, out] : kTypes) {
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        const Tensor dy = misaligned(random_tensor(rng, {c.n, c.m}, in)), w = misaligned(random_tensor(rng, {c.m, c.k}, in));
        const Tensor dx = misaligned(random_tensor(rng, {c.n, c.k}, out)), expected = dx.to(DType::kF64);
        kCpu.linear_dx(dy, w, dx, write);
        kReference.linear_dx(dy, w, expected, write);
        expect_close(dx, expected.to_doubles(), bound_of(c.m), name_of_case("dx", c, in, out));
      }
    }
  }
}

TEST(Matmul, DwIsTheDefinitionReplacedOrAdded) {
  Rng rng(3, "matmul.dw");
  for (const Case& c : kCases) {
    for (const DType in : {DType::kF32, DType::kBF16}) {
      for (const Write write : {Write::kReplace, Write::kAdd}) {
        const Tensor dy = misaligned(random_tensor(rng, {c.n, c.m}, in)), x = misaligned(random_tensor(rng, {c.n, c.k}, in));
        const Tensor dw = misaligned(random_tensor(rng, {c.m, c.k})), expected = dw.to(DType::kF64);
        kCpu.linear_dw(dy, x, dw, write);
        kReference.linear_dw(dy, x, expected, write);
        expect_close(dw, expected.to_doubles(), bound_of(c.n), name_of_case("dw", c, in, DType::kF32));
      }
    }
  }
}

TEST(Matmul, ColumnSumIsTheDefinitionOnEachInstructionSet) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(4, "matmul.db");
    for (const int64_t n : {0, 1, 2, 33, 700}) {
      for (const int64_t m : {1, 16, 47}) {
        for (const DType in : {DType::kF32, DType::kBF16}) {
          for (const Write write : {Write::kReplace, Write::kAdd}) {
            const Tensor dy = misaligned(random_tensor(rng, {n, m}, in)), db = random_tensor(rng, {m}), expected = db.to(DType::kF64);
            kCpu.column_sum(dy, db, write);
            kReference.column_sum(dy, expected, write);
            expect_close(db, expected.to_doubles(), bound_of(n), cat(target, " db n=", n, " m=", m, " ", name_of(in)));
          }
        }
      }
    }
  });
}

TEST(Matmul, ARowIsTheSameAmongAnyNumberOfRows) {
  Rng rng(5, "matmul.rows");
  for (const DType in : {DType::kF32, DType::kBF16}) {
    for (const Case& c : {Case{67, 768, 96}, Case{67, 100, 64}, Case{67, 384, 515}, Case{67, 1030, 48}, Case{260, 1000, 1100}}) {
      const Tensor x = random_tensor(rng, {c.n, c.k}, in), w = random_tensor(rng, {c.m, c.k}, in), bias = random_tensor(rng, {c.m});
      const Tensor dy = random_tensor(rng, {c.n, c.m}, in);
      const Tensor y({c.n, c.m}, DType::kF32), dx({c.n, c.k}, DType::kF32);
      kCpu.linear(x, w, bias, y);
      kCpu.linear_dx(dy, w, dx, Write::kReplace);
      for (const int64_t rows : {1, 2, 3, 4, 7, 8, 9, 16, 33}) {
        const Tensor some({rows, c.m}, DType::kF32), some_dx({rows, c.k}, DType::kF32);
        const int64_t first = c.n - rows;
        kCpu.linear(x.slice_rows(first, c.n), w, bias, some);
        kCpu.linear_dx(dy.slice_rows(first, c.n), w, some_dx, Write::kReplace);
        EXPECT_TRUE(same_bits(some, y.slice_rows(first, c.n))) << name_of_case("y", c, in, DType::kF32) << " rows " << rows;
        EXPECT_TRUE(same_bits(some_dx, dx.slice_rows(first, c.n))) << name_of_case("dx", c, in, DType::kF32) << " rows " << rows;
      }
    }
  }
}

TEST(Matmul, ThreadsChangeNoBit) {
  Rng rng(6, "matmul.threads");
  for (const DType in : {DType::kF32, DType::kBF16}) {
    for (const Case& c : {Case{1, 300, 200}, Case{5, 128, 777}, Case{70, 65, 129}, Case{600, 128, 96}, Case{1100, 33, 65}}) {
      const Tensor x = random_tensor(rng, {c.n, c.k}, in), w = random_tensor(rng, {c.m, c.k}, in), dy = random_tensor(rng, {c.n, c.m}, in);
      const std::string what = name_of_case("", c, in, DType::kF32);
      expect_same_bits_for_any_thread_count(
          [&] {
            const Tensor y({c.n, c.m}, DType::kF32);
            kCpu.linear(x, w, {}, y);
            return y;
          },
          "y" + what);
      expect_same_bits_for_any_thread_count(
          [&] {
            const Tensor dx({c.n, c.k}, DType::kF32);
            kCpu.linear_dx(dy, w, dx, Write::kReplace);
            return dx;
          },
          "dx" + what);
      expect_same_bits_for_any_thread_count(
          [&] {
            const Tensor dw = Tensor::zeros({c.m, c.k}, DType::kF32);
            kCpu.linear_dw(dy, x, dw, Write::kAdd);
            return dw;
          },
          "dw" + what);
      expect_same_bits_for_any_thread_count(
          [&] {
            const Tensor db({c.m}, DType::kF32);
            kCpu.column_sum(dy, db, Write::kReplace);
            return db;
          },
          "db" + what);
    }
  }
}

TEST(Matmul, GradientsOfTheDefinitionAreDerivatives) {
  Rng rng(7, "matmul.gradients");
  const ref::LinearSizes s{3, 4, 5};
  const std::vector<double> x = normals(rng, 12), w = normals(rng, 20), bias = normals(rng, 5), dy = normals(rng, 15);
  const auto run = [&](const std::vector<double>& x, const std::vector<double>& w, const std::vector<double>& bias) {
    std::vector<double> y(15);
    ref::linear<double>(s, x, w, bias, y);
    return y;
  };
  std::vector<double> dx(12), dw(20), db(5);
  ref::linear_dx<double>(s, dy, w, dx);
  ref::linear_dw<double>(s, dy, x, dw);
  ref::column_sum<double>(3, 5, dy, db);
  EXPECT_LT(gradient_error([&](auto& v) { return run(v, w, bias); }, x, dy, dx), 1e-8);
  EXPECT_LT(gradient_error([&](auto& v) { return run(x, v, bias); }, w, dy, dw), 1e-8);
  EXPECT_LT(gradient_error([&](auto& v) { return run(x, w, v); }, bias, dy, db), 1e-8);

  std::vector<double> forgets_the_cotangent(20);
  ref::linear_dw<double>(s, std::vector<double>(15, 1.0), x, forgets_the_cotangent);
  EXPECT_GT(gradient_error([&](auto& v) { return run(x, v, bias); }, w, dy, forgets_the_cotangent), 0.1);
}

}  // namespace
}  // namespace gimbal::kernels
