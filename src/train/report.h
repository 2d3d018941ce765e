// The report of a run: OUT/config.yaml, OUT/log.jsonl and OUT/samples.jsonl become OUT/report.html, one file that opens without a network.
//
// Log lines, each one JSON object. A number that is not finite is null.
//
//   {"run": {"name", "model", "parameters", "version", "started", "machine": {...}, "layer_names": [...], ...}}
//        the first line, and again after each resume. All keys are optional; all are shown. `model` is a sentence, `parameters` a
//        number; `layer_names` names the blocks where "layer 0", "layer 1", ... would not do ("encoder 0", "decoder 0").
//   {"step", "loss", "lr", "grad_norm", "tokens_per_s", "step_ms", "peak_memory_mb", "tokens", "elapsed_s", "val_loss", "health"}
//        one a step, steps from 1. `loss` in nats a token; `grad_norm` before clipping; `tokens` and `elapsed_s` count from the start
//        of the run, resumes included; `val_loss` and `health` only where measured. Any other number gets a chart of its own.
//        health: {"layers": {quantity: [one value a block, ...]}, "embed": {quantity: value}, "head": {quantity: value}}.
//        A quantity that a block does not have is "". Quantities with a name and an explanation: stream_rms, stream_max,
//        attn_ratio and ffn_ratio (branch rms / stream rms), attn_entropy (nats, mean over heads and rows), attn_max_logit, grad_norm,
//        update_ratio (norm of the update / norm of the weights). Others are drawn under their own name.
//   {"event": "spike" | "nonfinite" | "skip" | "rollback" | "resume" | "save" | ..., "step", "what": "a sentence"}
//
// A step line whose step was logged before replaces everything from that step on: that is what a resume or a rollback leaves behind.
// Lines that are not JSON (a write that was cut) are left out and counted in the report.
// Sample lines: {"step", "prompt", "text"}, where `text` goes on from the prompt and does not repeat it.
#pragma once

#include "core/files.h"

namespace gimbal {

/// Writes run_dir/report.html atomically. Error when run_dir has no log.jsonl. The other two files may be missing.
/// Charts hold at most 2,000 points and keep the extremes of what they leave out.
void write_report(const fs::path& run_dir);

}  // namespace gimbal
