// What span corruption and the other denoising objectives share: stretches of text that become a source and a target, both closed by eos.
#pragma once

#include <functional>
#include <memory>

#include "data/objectives/objective.h"
#include "data/objectives/spans.h"

namespace gimbal {

/// Source and target of a stretch, without eos; a pure function of both arguments.
using Noise = std::function<Corrupted(std::vector<int32_t> tokens, Rng rng)>;

/// Examples from stretches of `length` tokens.
std::shared_ptr<const Examples> denoise(const ObjectiveRequest& request, std::string_view name, int64_t length, Noise noise);

/// What a stretch of so many tokens becomes at most.
using Expansion = std::function<PairTokens(int64_t tokens)>;
/// The longest stretch, not above `most`, that fits the request. Error when not even two tokens do.
int64_t longest_stretch(const ObjectiveRequest& request, std::string_view name, int64_t most, const Expansion& expansion);

/// eos, and what the frame needs.
void require_ends(const ObjectiveRequest& request, std::string_view name);
/// Error when the tokenizer has fewer than `least` sentinels; `remedy` says what would make do with fewer.
void require_sentinels(const ObjectiveRequest& request, std::string_view name, int64_t least, std::string_view remedy);

}  // namespace gimbal
