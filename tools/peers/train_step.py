#!/usr/bin/env python3
"""Times a training step of PyTorch (eager, allocator kept) and of gimbal on the same work, in turns, and prints the ratio.

  python tools/peers/train_step.py --gimbal build/gimbal [--case gpt2-4x64|gpt2-1x1024|small] [--dtype f32|bf16] [--rounds 3]

Needs torch (pip install torch). Both use the same number of threads; run it on an otherwise idle machine."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

CASES = {  # layers, heads, width, context, vocabulary, sequences, length, bias, gimbal's row
    "gpt2-4x64": (12, 12, 768, 1024, 50257, 4, 64, True, "train GPT-2 124M 4 x 64"),
    "gpt2-1x1024": (12, 12, 768, 1024, 50257, 1, 1024, True, "train GPT-2 124M 1 x 1024"),
    "small": (4, 4, 128, 64, 65, 12, 64, False, "train 4 layers, width 128"),
}
KEPT = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "268435456"}


def torch_step(case, dtype, threads):
    """Median seconds of forward, backward and AdamW, and the peak memory in MB: of the process, and what lies above the imported library, weights,
    gradients and moments."""
    import resource

    import torch
    import torch.nn.functional as F
    from torch import nn

    layers, heads, width, context, vocabulary, sequences, length, bias, _ = CASES[case]
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    torch.set_num_threads(threads)
    torch.manual_seed(0)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width, bias=bias), nn.LayerNorm(width, bias=bias)
            self.qkv, self.proj = nn.Linear(width, 3 * width, bias=bias), nn.Linear(width, width, bias=bias)
            self.up, self.down = nn.Linear(width, 4 * width, bias=bias), nn.Linear(4 * width, width, bias=bias)

        def forward(self, x):
            b, t, _ = x.shape
            q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
            x = x + self.proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, width))
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
            self.blocks, self.final = nn.ModuleList(Block() for _ in range(layers)), nn.LayerNorm(width, bias=bias)

        def forward(self, ids, targets):
            x = self.tokens(ids) + self.positions(torch.arange(ids.shape[1]))
            for block in self.blocks:
                x = block(x)
            return F.cross_entropy((self.final(x) @ self.tokens.weight.T).view(-1, vocabulary), targets.view(-1))

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, fused=True)
    ids = torch.randint(0, vocabulary, (sequences, length))
    targets = torch.randint(0, vocabulary, (sequences, length))

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == "bf16"):
            loss = model(ids, targets)
        loss.backward()
        optimizer.step()

    times = []
    for _ in range(2):
        step()
    begin = time.perf_counter()
    while time.perf_counter() - begin < (8 if case != "small" else 3) or len(times) < 3:
        t = time.perf_counter()
        step()
        times.append(time.perf_counter() - t)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3
    return statistics.median(times), peak, peak - imported - state_mb(sum(p.numel() for p in model.parameters()))


def state_mb(parameters):
    """Weights, gradients and AdamW's two moments, all f32."""
    return 16e-6 * parameters


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gimbal", default="build/gimbal")
    parser.add_argument("--case", choices=CASES, default="gpt2-4x64")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--torch-only", action="store_true", help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.torch_only:
        print(json.dumps(torch_step(a.case, a.dtype, a.threads)))
        return
    ours, theirs, ours_mb, theirs_mb, theirs_above = [], [], [], [], []
    for _ in range(a.rounds):
        command = [a.gimbal, "bench", "--json", "--threads", str(a.threads), f"{CASES[a.case][-1]} {a.dtype}"]
        row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)[0]
        ours.append(row["us"] / 1e6)
        ours_mb.append(row["peak_memory_mb"])
        done = subprocess.run([sys.executable, __file__, "--torch-only", "--case", a.case, "--dtype", a.dtype, "--threads", str(a.threads)],
                              capture_output=True, text=True, check=True, env={**os.environ, **KEPT})
        seconds, memory, above = json.loads(done.stdout)
        theirs.append(seconds)
        theirs_mb.append(memory)
        theirs_above.append(above)
    tokens = CASES[a.case][5] * CASES[a.case][6]
    mine, peer = statistics.median(ours), statistics.median(theirs)
    layers, _, width, context, vocabulary, _, _, bias, _ = CASES[a.case]
    parameters = (vocabulary + context) * width + layers * (12 * width * width + (13 if bias else 2) * width) + (2 if bias else 1) * width
    above = statistics.median(ours_mb) - state_mb(parameters)
    print(f"{a.case} {a.dtype}: gimbal {tokens / mine:.0f} tokens/s ({mine * 1e3:.1f} ms), PyTorch {tokens / peer:.0f} ({peer * 1e3:.1f} ms): "
          f"{peer / mine:.2f}x; peak memory {statistics.median(ours_mb):.0f} and {statistics.median(theirs_mb):.0f} MB, above weights, gradients and moments "
          f"{above:.0f} (all of the process) and {statistics.median(theirs_above):.0f} MB (without the imported library): {above / statistics.median(theirs_above):.2f}")


main()
