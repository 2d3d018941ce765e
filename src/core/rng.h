// Counter-based random numbers in named streams: the n-th number of a stream is a pure function of (seed, name, n).
//
// Adding a layer or a thread never shifts another stream's numbers, and a run resumes by remembering counters only.
// The mixing function is SplitMix64's finalizer (Steele, Lea, Flood 2014), applied twice with the stream's key.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace gimbal {

constexpr uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// FNV-1a, 64 bit.
constexpr uint64_t hash_name(std::string_view name) {
  uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

/// One stream. at(n) is random access; next() walks it. Copying copies the position.
class Rng {
 public:
  Rng(uint64_t seed, std::string_view stream) : key_(mix64(mix64(seed + 0x9e3779b97f4a7c15ULL) ^ hash_name(stream))) {}

  /// A child stream, for an index such as a step, a sequence or a document.
  Rng child(uint64_t index) const { return Rng(mix64(key_ ^ mix64(index + 0x632be59bd9b4e019ULL))); }

  uint64_t at(uint64_t n) const { return mix64(mix64(key_ + n * 0x9e3779b97f4a7c15ULL) ^ key_); }
  uint64_t next() { return at(counter_++); }

  /// [0, 1) with 53 random bits.
  double uniform_at(uint64_t n) const { return static_cast<double>(at(n) >> 11) * 0x1.0p-53; }
  double uniform() { return uniform_at(counter_++); }

  /// Standard normal by Box-Muller; number n uses draws 2n and 2n+1.
  double normal_at(uint64_t n) const {
    const double u = 1.0 - uniform_at(2 * n);
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform_at(2 * n + 1));
  }
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }

  /// Uniform in [0, n), without modulo bias worth naming (128-bit multiply).
  uint64_t below(uint64_t n) { return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64); }

  /// The raw key, for kernels that draw in bulk (dropout): draw i is mix64(mix64(key + i*golden) ^ key).
  uint64_t key() const { return key_; }

 private:
  explicit Rng(uint64_t key) : key_(key) {}
  uint64_t key_;
  uint64_t counter_ = 0;
};

}  // namespace gimbal
