// What rules with several streams share: opening one stream into many, closing them, and coefficients that tokens choose around learned ones.
#pragma once

#include "layers/residual/residual.h"

namespace gimbal {

/// h_nd -> [n streams, d]: every stream starts as h.
Var open_streams(Tape& tape, const Var& h_nd, int64_t streams);
/// [n streams, d] -> h_nd: their sum.
Var close_streams(Tape& tape, const Var& x_nsd, int64_t streams);

/// Learned coefficients [c, 1], one a row so that each starts with its own value.
Parameter& make_coefficients(Parameters& parameters, const std::string& name, const std::vector<double>& start);
/// What a matrix of n x n starts as: `on` on the diagonal, `off` beside it.
std::vector<double> diagonal(int64_t n, double on, double off);

/// Learned coefficients and what tokens add to them: base + gain * moved; `base` repeats over the elements of `moved`.
Var around(Tape& tape, Parameter& base, Parameter& gain, const Var& moved);

}  // namespace gimbal
