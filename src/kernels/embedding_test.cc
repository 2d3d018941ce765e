// Table look-up and its gradient against their definition on each instruction set.
#include "kernels/embedding.h"

#include "kernels/embedding_ref.h"
#include "kernels/kernel_checks.h"

namespace gimbal::kernels {
namespace {

const EmbeddingKernels kCpu = embedding_cpu(), kReference = embedding_reference();

std::vector<int32_t> random_ids(Rng& rng, int64_t n, uint64_t v) {
  std::vector<int32_t> ids(static_cast<size_t>(n));
  for (int32_t& id : ids) id = static_cast<int32_t>(rng.below(v));
  return ids;
}

struct Case {
  int64_t n, v, d;
};
const std::vector<Case> kCases = {{0, 3, 5}, {1, 1, 1}, {9, 4, 3}, {5, 100, 17}, {40, 7, 64}, {33, 2, 200}, {70, 50, 515}};

TEST(Embedding, GatherIsTheDefinition) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(1, "embedding.gather");
    for (const Case& c : kCases) {
      for (const DType to : {DType::kF32, DType::kBF16}) {
        for (const Write write : {Write::kReplace, Write::kAdd}) {
          const Tensor table = misaligned(random_tensor(rng, {c.v, c.d})), ids = Tensor::from_ints(random_ids(rng, c.n, c.v));
          const Tensor y = misaligned(random_tensor(rng, {c.n, c.d}, to)), expected = y.to(DType::kF64);
          kCpu.gather(table, ids, 1.5, y, write);
          kReference.gather(table, ids, 1.5, expected, write);
          expect_close(
              y, expected.to_doubles(), [](size_t) { return ulp(DType::kF32, 8); }, cat(target, " n=", c.n, " d=", c.d, " ", name_of(to)));
        }
      }
    }
  });
}

TEST(Embedding, ScatterAddSumsRepeatedRows) {
  on_each_instruction_set([](const std::string& target) {
    Rng rng(2, "embedding.scatter");
    for (const Case& c : kCases) {
      for (const DType from : {DType::kF32, DType::kBF16}) {
        const Tensor dy = misaligned(random_tensor(rng, {c.n, c.d}, from)), ids = Tensor::from_ints(random_ids(rng, c.n, c.v));
        const Tensor dtable = misaligned(random_tensor(rng, {c.v, c.d})), expected = dtable.to(DType::kF64);
        kCpu.scatter_add(dy, ids, 0.5, dtable);
        kReference.scatter_add(dy, ids, 0.5, expected);
        const auto bound = [&](size_t) { return ulp(DType::kF32, 4) * static_cast<double>(c.n); };
        expect_close(dtable, expected.to_doubles(), bound, cat(target, " n=", c.n, " v=", c.v, " d=", c.d, " ", name_of(from)));
      }
    }
  });
}

TEST(Embedding, ThreadsChangeNoBit) {
  Rng rng(3, "embedding.threads");
  const Tensor dy = random_tensor(rng, {300, 768}), ids = Tensor::from_ints(random_ids(rng, 300, 5));
  expect_same_bits_for_any_thread_count(
      [&] {
        const Tensor dtable = Tensor::zeros({5, 768}, DType::kF32);
        kCpu.scatter_add(dy, ids, 1, dtable);
        return dtable;
      },
      "scatter_add");
}

TEST(Embedding, ScatterAddIsTheGradientOfGather) {
  Rng rng(4, "embedding.gradient");
  const std::vector<int32_t> ids = {2, 0, 2, 1, 2};
  const std::vector<double> table = normals(rng, 12), dy = normals(rng, 15);
  const auto run = [&](const std::vector<double>& t) {
    std::vector<double> y(15);
    ref::gather<double>(3, t, ids, 1.25, y);
    return y;
  };
  std::vector<double> dtable(12), overwritten(12);
  ref::scatter_add<double>(3, dy, ids, 1.25, dtable);
  for (size_t i = 0; i < 15; ++i) overwritten[static_cast<size_t>(ids[i / 3]) * 3 + i % 3] = 1.25 * dy[i];  // forgets the repeated ids
  EXPECT_LT(gradient_error(run, table, dy, dtable), 1e-8);
  EXPECT_GT(gradient_error(run, table, dy, overwritten), 0.1);
}

TEST(EmbeddingDeathTest, AnIdOutsideTheTableIsAProgrammersError) {
  const Tensor table = Tensor::zeros({3, 4}, DType::kF32), y({1, 4}, DType::kF32);
  EXPECT_DEATH(kCpu.gather(table, Tensor::from_ints(std::vector<int32_t>{3}), 1, y, Write::kReplace), "id 3 in a table of 3");
}

}  // namespace
}  // namespace gimbal::kernels
