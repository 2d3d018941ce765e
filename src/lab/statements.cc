// The thirty-six statements.
#include "lab/statements.h"

#include <array>

namespace gimbal::lab {

std::span<const Statement> statements() {
  static constexpr std::array kStatements = {
      Statement{"S1", "RMSNorm divides the centered value by the root of its mean square: (x - mean) / sqrt(mean((x - mean)^2)).",
                "That is LayerNorm without eps and gain. RMSNorm subtracts no mean: x / sqrt(mean(x^2) + eps) times a gain.", "formulas"},
      Statement{"S2", "DeepNorm is LN(alpha x) beta.",
                "The branch is missing: without it alpha has no effect, since LN(alpha x) = LN(x). DeepNorm is LN(alpha x + f(x)); beta scales the "
                "starting "
                "weights of the value, output and feed-forward maps.",
                "formulas"},
      Statement{"S3", "DeepNorm regularizes: it stops the gradient's norm from exploding.",
                "It bounds how far one update moves the model's output. A converging model may have larger gradients than a diverging one.",
                "model-update"},
      Statement{"S4", "With Post-LN gradient norms grow towards the deep layers.",
                "In the decoder of an encoder-decoder. In encoder-only and decoder-only stacks they are near uniform; the last layer's does not fall "
                "with depth.",
                "gradients-at-init encoder-decoder-gradients"},
      Statement{"S5", "With Pre-LN the gradients of all layers are about equal.", "At the start they fall with the layer, about as 1/sqrt(layer).",
                "gradients-at-init"},
      Statement{"S6", "Sandwich-LN is Pre-LN with one more LN.", "The second one stands at the end of each branch, before the sum: x + LN(f(LN(x))).",
                "formulas"},
      Statement{
          "S7", "BERT's LayerNorm is (x - mean) / (std + eps) with eps 1e-6.",
          "That is a teaching implementation's (unbiased deviation, eps outside of the root). BERT takes the biased variance and eps 1e-12 inside.",
          "formulas"},
      Statement{"S8", "Normalization works because it removes internal covariate shift.",
                "This was the original motivation. Nets with BatchNorm and injected shift trained as well as without (Santurkar et al. 2018).",
                "covariate-shift"},
      Statement{"S9", "Residual connections were invented against vanishing gradients.",
                "Against degradation: deep plain nets train worse although BatchNorm keeps their gradients from vanishing.", "degradation"},
      Statement{"S10", "Normalization scales to [0, 1]; standardization makes data normal(0, 1).",
                "BatchNorm and LayerNorm standardize; standardizing changes mean and variance, not the shape of a distribution.",
                "scaling-and-order"},
      Statement{"S11", "LayerNorm averages over C x H x W.", "In convolutional nets. In a Transformer it averages over the channels of one token.",
                "properties"},
      Statement{"S12", "With BatchNorm every batch has the same mean and variance.", "Each channel is standardized over the batch.", "properties"},
      Statement{"S13", "Norms stand before the activation.", "Not in Transformers, where they stand around branches.", "scaling-and-order"},
      Statement{
          "S14", "BLOOM's embedding norm cures vanishing and exploding gradients at a small cost in quality.",
          "It was used against spikes of the loss; the 104B run with it still diverged, and GLM-130B calls its cost in quality relatively large.",
          "embedding-norm"},
      Statement{"S15", "T5 is fine-tuned on all tasks together.",
                "Joint multi-task tuning and tuning task by task are both evaluated in its paper; the table of tasks here shows both.", "",
                "gimbal table"},
      Statement{"S16", "Causal attention matrices have full rank, so causal attention models better.",
                "Triangular with a positive diagonal is invertible, but the numerical rank can be tiny.", "attention-rank"},
      Statement{"S17", "BatchNorm has no statistics for sequences longer than those seen.",
                "True of statistics kept for each time step. Over valid tokens they exist for any length; what fails is that training and inference "
                "differ.",
                "batch-norm-in-language recurrent-norms"},
      Statement{"S18", "Causal attention has full rank and bidirectional attention low rank, hence causal models are better.", "Measured.",
                "attention-rank"},
      Statement{"S19", "Causal attention carries position by itself.", "Measured with a linear probe.", "position-without-positions"},
      Statement{"S20", "RMSNorm drops the shift and loses nothing.", "Measured.", "rms-against-layer"},
      Statement{"S21",
                "Decoder-only models are better at zero- and few-shot tasks than encoder-decoders, which use their parameters worse and are harder "
                "to train.",
                "Measured at equal tokens and at equal arithmetic; how hard training is has no measure here.", "architectures"},
      Statement{"S22", "Decoder-only models keep their cache across turns; encoder-decoders compute the source again.",
                "True where the conversation is the source: every token of it sees all others, so that each turn changes them all.", "architectures"},
      Statement{"S23", "Abilities emerge suddenly at a size.",
                "Exact match can jump where the likelihood of the same answers rises evenly; with the steps fixed, both can, where learning itself "
                "is sudden.",
                "emergence"},
      Statement{"S24", "Loss falls as a power law in parameters, data and compute.", "Fitted with a known floor.", "scaling"},
      Statement{"S25", "Pretraining and fine-tuning beat training on the task alone.", "The table of tasks shows each cell both ways.", "",
                "gimbal table"},
      Statement{"S26", "BERT understands and cannot generate; GPT the reverse.", "Measured at equal weights and text.", "bert-and-gpt"},
      Statement{
          "S27",
          "BatchNorm keeps the order between samples and loses it within a sample; LayerNorm the reverse: hence one for images and one for text.",
          "Two label rules, each visible to one only; that images and text differ by this is not tested.", "between-and-within"},
      Statement{"S28", "BatchNorm suffers from imbalanced labels and noise; LayerNorm works at batch 1, and online.",
                "Measured, in batches; not online.", "where-batch-norm-hurts"},
      Statement{"S29", "Shifting inputs saturate units; small changes amplify with depth; norms keep inputs in the linear region.", "Measured.",
                "shift-and-saturation"},
      Statement{"S30", "Whitening is too costly and not differentiable.", "It is differentiable; its cost is measured.", "whitening"},
      Statement{"S31", "Pre-LN trains more stably and costs quality.", "Measured at each design's best rate.", "quality-at-best-rate"},
      Statement{"S32", "Sandwich-LN stops values from exploding and may still be unstable.", "Measured.", "embedding-norm massive-activations"},
      Statement{"S33", "LayerNorm and residual connections are needed together; a residual block learns the identity easily.",
                "Two by two over depth, and the identity as a task.", "norm-and-residual identity-task"},
      Statement{"S34", "Normalize after the linear map and before the activation; scale inputs to [0, 1] or standardize them.", "Measured.",
                "scaling-and-order"},
      Statement{"S35", "LayerNorm helps recurrent nets, GANs and policies.", "Measured.", "recurrent-norms elsewhere"},
      Statement{"S36", "The feed-forward branch must widen four times and be non-linear.", "Ratios 1 to 8 and a linear arm.", "feed-forward"},
  };
  return kStatements;
}

}  // namespace gimbal::lab
