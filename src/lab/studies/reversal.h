// E36: a recurrent sequence-to-sequence net without and with attention, and the Transformer of 2017, on writing a sequence backwards.
#pragma once

#include <cstdint>
#include <string>

namespace gimbal::lab::reversal {

struct Settings {
  std::string net = "attention", norm = "none", cell = "gru";
  int64_t length = 12, symbols = 16, width = 48, batch = 32, steps = 300;
  double lr = 2e-3;

  template <class V>
  void fields(V&& v) {
    v("net", net, "recurrent, attention (recurrent with it) or transformer");
    v("norm", norm, "kind of norm inside the cells; the Transformer has its own");
    v("cell", cell, "gru or lstm");
    v("length", length, "symbols of a sequence");
    v("symbols", symbols, "different symbols");
    v("width", width, "units of a cell, or channels of the Transformer's two layers of encoder and of decoder");
    v("batch", batch, "sequences of a batch");
    v("steps", steps, "updates of AdamW");
    v("lr", lr, "learning rate");
  }
};
struct Result {
  double loss = 0, symbol_error = 0, sequence_error = 0, parameters = 0, seconds = 0;

  template <class V>
  void fields(V&& v) {
    v("loss", loss, "nats a symbol, mean of the last 20 steps");
    v("symbol_error", symbol_error, "share of wrong symbols in new sequences, each symbol written after the net's own");
    v("sequence_error", sequence_error, "share of sequences with a wrong symbol");
    v("parameters", parameters, "learned numbers");
    v("seconds", seconds, "of training");
  }
};
Result run(const Settings& settings, uint64_t seed);

}  // namespace gimbal::lab::reversal
