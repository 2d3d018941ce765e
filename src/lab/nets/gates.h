// The arithmetic of gated cells after their products, each as one operation: small batches would spend their time between operations.
#pragma once

#include "autograd/ops.h"

namespace gimbal::lab::nets {

/// c' = sigmoid(f) c + sigmoid(i) tanh(g) with gates_b4h = [f | i | o | g].
Var lstm_memory(Tape& tape, const Var& gates_b4h, const Var& c_bh);
/// h' = sigmoid(o) tanh(c) with the same gates.
Var lstm_output(Tape& tape, const Var& gates_b4h, const Var& c_bh);
/// h' = (1 - sigmoid(z)) h + sigmoid(z) tanh(from_x + sigmoid(r) from_h) with gates_b2h = [z | r].
Var gru_state(Tape& tape, const Var& gates_b2h, const Var& from_x_bh, const Var& from_h_bh, const Var& h_bh);

/// Additive attention (Bahdanau et al., arXiv:1409.0473) of one query a sequence over s places, time-major:
///   e_si = v . tanh(query_i + keys_si),   a = softmax over s,   y_i = sum_s a_si values_si
Var additive_attention(Tape& tape, const Var& query_bh, const Var& keys_sbh, const Var& values_sbd, Parameter& v_h);

}  // namespace gimbal::lab::nets
