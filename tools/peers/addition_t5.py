#!/usr/bin/env python3
"""Trains transformers' T5 on the records that configs/addition-t5.yaml learns, with the same sizes, batches, optimizer and schedule, and prints exact
match (teacher-forced, which is never below the greedy one) and seconds.

  gimbal corpus --task addition --examples 200k --out addition
  python tools/peers/addition_t5.py addition [--steps 1000]

Needs torch and transformers."""
import argparse
import json
import random
import time

import torch
from transformers import T5Config, T5ForConditionalGeneration
from transformers.optimization import Adafactor

PAD, END = 0, 1


def read(path, ids):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            source, target = record.get("source", record.get("input")), record.get("target", record.get("output"))
            yield [ids.setdefault(c, len(ids) + 2) for c in source] + [END], [ids.setdefault(c, len(ids) + 2) for c in target] + [END]


def padded(rows, value):
    most = max(map(len, rows))
    return torch.tensor([row + [value] * (most - len(row)) for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    ids = {}
    train, valid = list(read(f"{a.data}/train.jsonl", ids)), list(read(f"{a.data}/valid.jsonl", ids))[:1024]
    random.Random(1).shuffle(train)
    model = T5ForConditionalGeneration(T5Config(
        vocab_size=len(ids) + 2, d_model=128, d_kv=32, d_ff=512, num_layers=2, num_heads=4, dropout_rate=0.0, feed_forward_proj="gated-gelu",
        tie_word_embeddings=False, decoder_start_token_id=PAD, pad_token_id=PAD, eos_token_id=END))
    optimizer = Adafactor(model.parameters(), lr=1e-2, scale_parameter=True, relative_step=False, warmup_init=False)

    def batch(records):
        x, y = padded([r[0] for r in records], PAD), padded([r[1] for r in records], -100)
        return {"input_ids": x, "attention_mask": (x != PAD).long(), "labels": y}

    begin = time.time()
    for step in range(a.steps):
        decay_from = a.steps - int(0.3 * (a.steps - 100))
        rate = min(1.0, (step + 1) / 101) * min(1.0, (a.steps - step) / (a.steps - decay_from))
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * rate
        loss = model(**batch(train[step * 64:(step + 1) * 64])).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % 250 == 0:
            with torch.no_grad():
                right = 0
                for i in range(0, len(valid), 256):
                    inputs = batch(valid[i:i + 256])
                    said = model(**inputs).logits.argmax(-1)
                    right += ((said == inputs["labels"]) | (inputs["labels"] == -100)).all(1).sum().item()
            print(f"step {step + 1}  loss {loss.item():.4f}  exact match {right / len(valid):.4f}  {time.time() - begin:.1f} s", flush=True)


main()
