#!/usr/bin/env python3
"""Makes the golden models of tests/golden with PyTorch and transformers, which know nothing of this engine.

    python tools/make_golden.py --out tests/golden [--only gpt2_lm,train_llama,science]

A model's folder:
  config.json          as transformers 5 writes it
  config_legacy.json   the older form, found on most published checkpoints (rope_theta, rope_scaling, torch_dtype)
  model.safetensors    weights, f32, names of transformers; tied tensors once
  io.safetensors       in.* inputs, out.* outputs, hook.<module> output of a module, hf.hidden_states.0 embeddings,
                       grad.<parameter> gradient of the loss, gen.* prompts
  expected.json        loss, noise (max |f32 - f64| of the same model), generations (greedy, penalties, beams)
A training folder (train_*): config, first weights, batches.safetensors, final.safetensors, expected.json (a line a step).
science_golden.json: loss and gradient norms of the norm placements at 6 and 24 layers, in double, weights from splitmix64.

Everything runs on the CPU in one thread, f32, eager attention, without dropout. Weights are large on purpose, so that every norm gain, bias and
term shows. Positions whose mask is 0 hold meaningless values.
"""
import argparse
import json
import math
import os
import re
import shutil

os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1", HF_HUB_DISABLE_PROGRESS_BARS="1", TQDM_DISABLE="1")
import torch
import torch.nn.functional as F
import transformers as tf
from safetensors.torch import load_file, save_file

tf.logging.set_verbosity_error()
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

VOCAB = 120
softmax_of_torch = F.softmax


def softmax_in_own_type(x, dim=None, _stacklevel=3, dtype=None):
    # Some models cast their softmax to f32; the model in double, which the noise is read from, must not.
    return softmax_of_torch(x, dim=dim, dtype=None if x.dtype == torch.float64 else dtype)


F.softmax = softmax_in_own_type


def random_ids(g, *shape):
    return torch.randint(5, VOCAB, shape, generator=g)


def plain(t):
    return t.detach().contiguous().clone()


def save_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=1)


# ---- models ----------------------------------------------------------------------------------------------------------------------


def randomize(model, seed, gain):
    """Gains ~ 1 + 0.2n, biases ~ 0.1n, tables ~ 0.5n, matrices ~ n * gain / sqrt(inputs)."""
    g = torch.Generator().manual_seed(seed)
    inputs_first = type(model).__name__.startswith(("GPT2", "OpenAIGPT"))  # their Conv1D holds [inputs, outputs]
    with torch.no_grad():
        for name, p in model.named_parameters():
            n = torch.randn(p.shape, generator=g)
            if p.dim() == 1:
                p.copy_(1 + 0.2 * n if name.endswith("weight") else 0.1 * n)
            elif re.search(r"embed|wte|wpe|shared|relative_attention_bias", name):
                p.copy_(0.5 * n)
            else:
                p.copy_(n * gain / math.sqrt(p.shape[0] if inputs_first and ".c_" in name else p.shape[-1]))
    model.tie_weights()


HOOKED = re.compile(r"((^|\.)(layers|h|layer|block)\.\d+$)|(embeddings$)|(word_embeddings_layernorm$)|(^|\.)(ln_f|final_layer_norm|norm|pooler)$")
WITHIN_A_BLOCK = re.compile(r"(layer|block)\.\d+\.layer\.\d+")


def hooked_forward(model, inputs):
    seen, hooks = {}, []
    for name, module in model.named_modules():
        if HOOKED.search(name) and not WITHIN_A_BLOCK.search(name):

            def keep(_, __, out, name=name):
                seen.setdefault(name, plain(out[0] if isinstance(out, (tuple, list)) else out))

            hooks.append(module.register_forward_hook(keep))
    out = model(**inputs, return_dict=True)
    for hook in hooks:
        hook.remove()
    return out, seen


def legacy_form(config):
    c = json.loads(config.to_json_string())
    rope = c.pop("rope_parameters", None)
    if rope:
        c["rope_theta"] = rope.pop("rope_theta", 10000.0)
        if "partial_rotary_factor" in rope:
            c["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
        c["rope_scaling"] = None if rope.get("rope_type", "default") == "default" else rope
    c["torch_dtype"] = c.pop("dtype", None) or "float32"
    c["transformers_version"] = "4.46.0"
    return c


def save_model(model, folder):
    os.makedirs(folder, exist_ok=True)
    model.save_pretrained(folder)
    save_json(folder + "/config_legacy.json", legacy_form(model.config))
    if os.path.exists(folder + "/generation_config.json"):
        os.remove(folder + "/generation_config.json")


def variants(eos):
    """Name and settings of each generation."""
    return dict(
        greedy_no_eos=dict(eos_token_id=None),
        greedy=dict(eos_token_id=eos),
        greedy_rep_penalty=dict(eos_token_id=eos, repetition_penalty=1.3),
        greedy_no_repeat_2gram=dict(eos_token_id=eos, no_repeat_ngram_size=2),
        greedy_min_new_10=dict(eos_token_id=eos, min_new_tokens=10),
        beam4=dict(eos_token_id=eos, num_beams=4),
        beam4_len06_early=dict(eos_token_id=eos, num_beams=4, length_penalty=0.6, early_stopping=True),
        beam4_return3_len2=dict(eos_token_id=eos, num_beams=4, num_return_sequences=3, length_penalty=2.0),
        beam3_no_repeat_3gram=dict(eos_token_id=eos, num_beams=3, no_repeat_ngram_size=3),
    )


def generations(model, model64, prompt):
    """Runs and whether they are stable: the same in double, and no choice closer than 1e-3."""
    pair = model.config.is_encoder_decoder
    start, most, given = (0, 14, 1) if pair else (None, 16, prompt["input_ids"].shape[1])

    def run(m, **settings):
        fixed = dict(max_new_tokens=most, do_sample=False, pad_token_id=0, return_dict_in_generate=True, output_scores=True)
        if pair:
            fixed["decoder_start_token_id"] = start
        m.generation_config = tf.GenerationConfig(pad_token_id=0, decoder_start_token_id=start)
        with torch.no_grad():
            return m.generate(**prompt, generation_config=tf.GenerationConfig(**fixed, **settings))

    free = run(model, eos_token_id=None)
    eos = int(free.sequences[0, given + 6])
    runs, stable = {}, True
    for name, settings in variants(eos).items():
        r, r64 = run(model, **settings), run(model64, **settings)
        same = r.sequences.shape == r64.sequences.shape and torch.equal(r.sequences, r64.sequences)
        entry = dict(settings=settings, sequences=r.sequences.tolist(), same_in_f64=same)
        if "sequences_scores" in r:
            entry["sequences_scores"] = r.sequences_scores.tolist()
        if settings.get("num_beams", 1) == 1:
            best_two = [s.topk(2, -1).values for s in r.scores]
            entry["smallest_top1_margin"] = min((b[:, 0] - b[:, 1]).min().item() for b in best_two)
        stable &= same and entry.get("smallest_top1_margin", 1) >= 1e-3
        runs[name] = entry
    about = "gen.input_ids (+ gen.attention_mask, left padded for decoders)"
    return dict(prompt=about, eos_token_id=eos, pad_token_id=0, max_new_tokens=most, decoder_start_token_id=start, runs=runs), stable


def noise_between(out, seen, out64, seen64, grads, model64):
    noise = {"out." + k: float((v.detach() - out[k].detach().double()).abs().max()) for k, v in out64.items() if torch.is_tensor(v)}
    noise |= {"hook." + k: float((v - seen[k].double()).abs().max()) for k, v in seen64.items()}
    worst = max(float((p.grad - grads["grad." + n].double()).abs().max()) for n, p in model64.named_parameters() if p.grad is not None)
    return noise | {"grad (max over parameters)": worst}


def unhooked_states(out, seen):
    """The embeddings of each stack, and hidden states that are not what a hook saw."""
    stacks = {k: v for k, v in out.items() if k.endswith("hidden_states") and v is not None}
    states = {f"hf.{k}.{i}": plain(x) for k, v in stacks.items() for i, x in enumerate(v)}
    hooks = [*seen.values(), *(v for v in out.values() if torch.is_tensor(v))]
    return {k: v for k, v in states.items() if k.endswith(".0") or not any(h.shape == v.shape and torch.equal(h, v) for h in hooks)}


def make_model(folder, cls, config, inputs, prompt, seed, note, gain):
    """False when a generation hangs on rounding with this seed."""
    config._attn_implementation = "eager"
    torch.manual_seed(seed)
    model = cls(config)
    randomize(model, 1000 + seed, gain)
    model.eval()
    save_model(model, folder)  # a forward pass may write into the configuration
    out, seen = hooked_forward(model, dict(inputs, output_hidden_states=True))
    out.loss.backward()
    grads = {"grad." + n: plain(p.grad) for n, p in model.named_parameters() if p.grad is not None}

    model64 = cls(config)
    model64.load_state_dict(model.state_dict())
    model64 = model64.double().eval()
    model64.tie_weights()
    out64, seen64 = hooked_forward(model64, {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()})
    out64.loss.backward()

    expected = dict(model_class=cls.__name__, note=note, seed=seed, torch=torch.__version__, transformers=tf.__version__)
    expected |= dict(loss=out.loss.item(), loss_f64=out64.loss.item(), parameters=sum(p.numel() for p in model.parameters()))
    expected["grad_norm"] = float(torch.sqrt(sum((v.double() ** 2).sum() for v in grads.values())))
    expected["noise"] = noise_between(out, seen, out64, seen64, grads, model64)
    tensors = {"in." + k: plain(v) for k, v in inputs.items()}
    if prompt:
        expected["generation"], stable = generations(model, model64, prompt)
        if not stable:
            return False
        tensors |= {"gen." + k: plain(v) for k, v in prompt.items()}
    tensors |= {"out." + k: plain(v) for k, v in out.items() if torch.is_tensor(v)} | unhooked_states(out, seen)
    tensors |= {"hook." + k: v for k, v in seen.items()}
    save_file(tensors | grads, folder + "/io.safetensors")
    save_json(folder + "/expected.json", expected)
    print(f"{os.path.basename(folder):24s} loss {out.loss.item():.6f}, {expected['parameters']} parameters, seed {seed}")
    return True


def gpt1(**choices):
    return tf.OpenAIGPTConfig(vocab_size=VOCAB, n_positions=48, n_embd=48, n_layer=2, n_head=4, afn="gelu", resid_pdrop=0.0, embd_pdrop=0.0,
                              attn_pdrop=0.0, summary_first_dropout=0.0, **choices)


def gpt2(**choices):
    sizes = dict(vocab_size=VOCAB, n_positions=48, n_embd=48, n_layer=3, n_head=4, bos_token_id=1, eos_token_id=2)
    return tf.GPT2Config(**(sizes | dict(resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, summary_first_dropout=0.0) | choices))


def llama(rope, **choices):
    sizes = dict(vocab_size=VOCAB, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=8, num_key_value_heads=2)
    fixed = dict(max_position_embeddings=128, rms_norm_eps=1e-5, hidden_act="silu", attention_dropout=0.0, tie_word_embeddings=False)
    return tf.LlamaConfig(**(sizes | fixed | dict(bos_token_id=1, eos_token_id=2, pad_token_id=0) | choices), rope_parameters=rope)


def bloom():
    return tf.BloomConfig(vocab_size=VOCAB, hidden_size=48, n_layer=2, n_head=4, hidden_dropout=0.0, attention_dropout=0.0, bos_token_id=1,
                          eos_token_id=2, pad_token_id=0, layer_norm_epsilon=1e-5)


def bert(**choices):
    sizes = dict(vocab_size=VOCAB, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96, max_position_embeddings=40)
    fixed = dict(hidden_act="gelu", hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, layer_norm_eps=1e-12, pad_token_id=0)
    return tf.BertConfig(**(sizes | fixed | choices))


def t5(**choices):
    sizes = dict(vocab_size=VOCAB, d_model=48, d_kv=12, d_ff=80, num_layers=3, num_decoder_layers=2, num_heads=3)
    places = dict(relative_attention_num_buckets=8, relative_attention_max_distance=20)
    fixed = dict(dropout_rate=0.0, layer_norm_epsilon=1e-6, decoder_start_token_id=0, pad_token_id=0, eos_token_id=1)
    return tf.T5Config(**(sizes | places | fixed | choices))


def glm(kind):
    sizes = dict(vocab_size=VOCAB, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=8, num_key_value_heads=2, head_dim=8)
    fixed = dict(max_position_embeddings=128, rms_norm_eps=1.5625e-07, attention_dropout=0.0, attention_bias=True, tie_word_embeddings=False)
    return kind(**(sizes | fixed | dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)))


def up_to(lengths, width):
    return (torch.arange(width) < torch.tensor(lengths)[:, None]).long()


def encoders(g):
    """BERT and its heads; T5. Rows are (folder, class, configuration, inputs, prompt, seed, note, gain)."""
    mask = up_to([17, 11, 5], 17)
    ids = random_ids(g, 3, 17) * mask
    ids[:, 0] = 1
    types = torch.stack([((torch.arange(17) >= n // 2) & (torch.arange(17) < n)).long() for n in (17, 11, 5)])
    masked = torch.full((3, 17), -100)
    for row, places, right in ((0, [2, 5, 9], [7, 40, 99]), (1, [1, 8], [33, 6]), (2, [3], [119])):
        masked[row, places] = torch.tensor(right)
    tags = torch.where(mask.bool(), torch.randint(0, 5, (3, 17), generator=g), -100)
    tags[:, 0] = -100
    random_ids(g, 2, 4, 11)  # of a multiple choice, which is not among the folders
    text = dict(input_ids=ids, attention_mask=mask, token_type_ids=types)
    pairs = dict(text, labels=masked, next_sentence_label=torch.tensor([0, 1, 0]))
    spans = dict(text, start_positions=torch.tensor([3, 10, 40]), end_positions=torch.tensor([6, 10, 2]))
    outside = "the third start position is outside the sequence: HF clamps it to T and ignores it"
    classes = tf.BertForSequenceClassification
    yield "bert_pretraining", tf.BertForPreTraining, bert(), pairs, None, 0, "MLM + NSP; loss = sum of both", 1.0
    yield "bert_mlm_gelu_new", tf.BertForMaskedLM, bert(hidden_act="gelu_new", layer_norm_eps=1e-5), dict(text, labels=masked), None, 1, "", 1.0
    yield "bert_cls3", classes, bert(num_labels=3), dict(text, labels=torch.tensor([2, 0, 1])), None, 2, "", 1.0
    yield "bert_regression", classes, bert(num_labels=1), dict(text, labels=torch.tensor([0.5, -1.25, 3.0])), None, 3, "MSE (STS-B style)", 1.0
    yield "bert_qa", tf.BertForQuestionAnswering, bert(), spans, None, 5, outside, 1.0
    yield "bert_token", tf.BertForTokenClassification, bert(num_labels=5), dict(text, labels=tags), None, 6, "", 1.0

    lengths = [23, 14, 6]
    source_mask = up_to(lengths, 23)
    source = random_ids(g, 3, 23) * source_mask
    source[torch.arange(3), torch.tensor(lengths) - 1] = 1
    target = random_ids(g, 3, 9)
    target[1, 6:] = target[2, 3:] = -100
    prompt = dict(input_ids=source, attention_mask=source_mask)
    note = "d_model != heads*d_kv; encoder and decoder of different depth; sequence longer than relative_attention_max_distance"
    for name, activation, tied, seed in (("t5_v10_relu", "relu", True, 8), ("t5_v11_gated_gelu", "gated-gelu", False, 9)):
        config = t5(feed_forward_proj=activation, tie_word_embeddings=tied)
        yield name, tf.T5ForConditionalGeneration, config, dict(prompt, labels=target), prompt, seed, note, 0.8


def double_heads(g):
    for name, cls, config, seed in (("gpt1", tf.OpenAIGPTDoubleHeadsModel, gpt1(), 11), ("gpt2", tf.GPT2DoubleHeadsModel, gpt2(), 15)):
        ids = random_ids(g, 2, 3, 13)
        labels = ids.clone()
        labels[..., :5] = labels[:, 1:] = -100
        inputs = dict(input_ids=ids, mc_token_ids=torch.tensor([[12, 8, 10], [5, 12, 3]]), labels=labels, mc_labels=torch.tensor([1, 2]))
        yield name + "_double_heads", cls, config, inputs, None, seed, "gradients are of the language model's loss only", 1.0


def models(out, wanted):
    g = torch.Generator().manual_seed(7)
    cases = list(encoders(g))
    lengths = torch.tensor([24, 17, 9])
    mask = (torch.arange(24) < lengths[:, None]).long()
    ids = random_ids(g, 3, 24) * mask
    labels = torch.where(mask.bool(), ids, -100)
    labels[0, :4] = -100
    text = dict(input_ids=ids, attention_mask=mask, labels=labels)
    prompt_ids = random_ids(g, 3, 9)
    prompt_mask = (torch.arange(9) >= 9 - torch.tensor([9, 6, 2])[:, None]).long()
    left_padded = dict(input_ids=prompt_ids * prompt_mask, attention_mask=prompt_mask)
    unpadded = dict(input_ids=random_ids(g, 3, 6))

    rope = dict(rope_type="default", rope_theta=10000.0)
    linear = dict(rope_type="linear", rope_theta=10000.0, factor=4.0)
    llama3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=16)
    scaled = dict(scale_attn_by_inverse_layer_idx=True, n_inner=80, activation_function="relu")
    one_key_head = dict(head_dim=24, num_attention_heads=3, num_key_value_heads=1, hidden_size=48, intermediate_size=72)
    biased = dict(num_key_value_heads=8, tie_word_embeddings=True, attention_bias=True, mlp_bias=True)
    grouped = "half of each head rotated, interleaved pairs, qkv bias, fused gate_up"
    decoders = [
        ("gpt1_lm", tf.OpenAIGPTLMHeadModel, gpt1(), unpadded, 10, "Post-LN, tanh GELU, no final norm, tied head"),
        ("gpt2_lm", tf.GPT2LMHeadModel, gpt2(), left_padded, 13, "Pre-LN"),
        ("gpt2_scaled_inverse_layer", tf.GPT2LMHeadModel, gpt2(**scaled), left_padded, 14, "logits of layer i divided by i + 1, ReLU, narrow FFN"),
        ("llama_gqa_llama3rope", tf.LlamaForCausalLM, llama(llama3), left_padded, 20, "Llama 3.1 rotary scaling, 8 query heads on 2 key heads"),
        ("llama_mha_tied_bias", tf.LlamaForCausalLM, llama(rope, **biased), left_padded, 21, "biases everywhere, tied head"),
        ("llama_headdim24_mqa", tf.LlamaForCausalLM, llama(rope, **one_key_head), left_padded, 22, "heads wider than the stream, one key head"),
        ("llama_linear_rope", tf.LlamaForCausalLM, llama(linear), None, 23, "linear rotary scaling"),
        ("bloom", tf.BloomForCausalLM, bloom(), left_padded, 30, "ALiBi, norm behind the embeddings, fused qkv interleaved per head"),
        ("glm", tf.GlmForCausalLM, glm(tf.GlmConfig), left_padded, 40, "ChatGLM/GLM-4-9B: " + grouped),
        ("glm4", tf.Glm4ForCausalLM, glm(tf.Glm4Config), left_padded, 41, "GLM-4-0414: sandwich norms"),
    ]
    cases += [(name, cls, config, text, prompt, seed, note, 1.0) for name, cls, config, prompt, seed, note in decoders]
    cases += double_heads(g)
    for name, cls, config, inputs, prompt, seed, note, gain in cases:
        if wanted(name):
            next(s for s in range(seed, seed + 1200, 100) if make_model(f"{out}/{name}", cls, config, inputs, prompt, s, note, gain))


# ---- the first GLM, by its formulas: weights and inputs were drawn by its released code, and stay as they lie in tests/golden ---------------------


def glm2022_forward(w, ids, positions, sep, layers=2, heads=4):
    """Pre-LN, two tables of positions, rows before `sep` see each other (arXiv:2103.10360). Logits and what each module leaves."""
    seen, name = {}, "transformer."
    (b, t), d = ids.shape, w["word_embeddings.weight"].shape[1]

    def norm(x, prefix):
        return F.layer_norm(x, (d,), w[prefix + ".weight"], w[prefix + ".bias"], 1e-5)

    def linear(x, prefix):
        return F.linear(x, w[prefix + ".weight"], w[prefix + ".bias"])

    places = torch.arange(t)
    visible = (places <= places[:, None]) | (places < sep[:, None, None])
    x = w["word_embeddings.weight"][ids] + w[name + "position_embeddings.weight"][positions[:, 0]]
    x = x + w[name + "block_position_embeddings.weight"][positions[:, 1]]
    for layer in range(layers):
        block = f"{name}layers.{layer}"
        parts = linear(norm(x, block + ".input_layernorm"), block + ".attention.query_key_value").chunk(3, -1)
        q, k, v = (part.view(b, t, heads, -1).transpose(1, 2) for part in parts)
        scores = (q @ k.transpose(-1, -2) / math.sqrt(d // heads)).masked_fill(~visible[:, None], float("-inf"))
        x = x + linear((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, d), block + ".attention.dense")
        inner = linear(norm(x, block + ".post_attention_layernorm"), block + ".mlp.dense_h_to_4h")
        x = x + linear(F.gelu(inner, approximate="tanh"), block + ".mlp.dense_4h_to_h")
        seen[block] = x
    seen[name + "final_layernorm"] = x = norm(x, name + "final_layernorm")
    return x @ w["word_embeddings.weight"].T, seen


def glm2022(out):
    known, folder = os.path.join(os.path.dirname(__file__), "../tests/golden/glm2022_block"), f"{out}/glm2022_block"
    w = {k: v.requires_grad_() for k, v in load_file(known + "/model.safetensors").items()}
    inputs = {k: v for k, v in load_file(known + "/io.safetensors").items() if k.startswith("in.")}
    ids, targets, asked, sep = (inputs["in." + k] for k in ("input_ids", "targets", "loss_mask", "sep"))
    logits, seen = glm2022_forward(w, ids, inputs["in.position_ids"], sep)
    loss = (F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none") * asked.flatten()).sum() / asked.sum()
    loss.backward()
    tensors = dict(inputs) | {"out.logits": plain(logits), "out.loss": plain(loss), "out.decode_sample1_logits": plain(logits[1, sep[1] :])}
    tensors |= {"hook." + k: plain(v) for k, v in seen.items()} | {"grad." + k: plain(v.grad) for k, v in w.items()}
    os.makedirs(folder, exist_ok=True)
    for name in ("config.json", "model.safetensors", "blank_infilling_samples.json"):
        if os.path.realpath(known) != os.path.realpath(folder):
            shutil.copy(f"{known}/{name}", folder)
    with open(known + "/expected.json") as file:
        expected = json.load(file) | dict(loss=loss.item())
    save_file(tensors, folder + "/io.safetensors")
    save_json(folder + "/expected.json", expected)
    print(f"glm2022_block            loss {loss.item():.6f}")


# ---- training --------------------------------------------------------------------------------------------------------------------


def train(folder, model, batches, lr, warmup):
    model.train()
    model.config._attn_implementation = "eager"
    save_model(model, folder)
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    vectors = [p for p in model.parameters() if p.dim() < 2]
    groups = [dict(params=matrices, weight_decay=0.1), dict(params=vectors, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95), eps=1e-8, foreach=False)
    schedule = tf.get_cosine_schedule_with_warmup(optimizer, warmup, len(batches))
    steps = []
    for step, batch in enumerate(batches):
        lr_now = optimizer.param_groups[0]["lr"]
        optimizer.zero_grad(set_to_none=True)
        loss = model(**batch).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, foreach=False)
        optimizer.step()
        schedule.step()
        steps.append(dict(step=step, lr=lr_now, loss=loss.item(), grad_norm=norm.item()))
    save_file({f"step{s:02d}.{k}": plain(v) for s, b in enumerate(batches) for k, v in b.items()}, folder + "/batches.safetensors")
    save_file({n: plain(p) for n, p in model.named_parameters()}, folder + "/final.safetensors")
    about = dict(optimizer="AdamW", betas=[0.9, 0.95], eps=1e-8, weight_decay=0.1, decay="parameters of two or more dimensions, tied ones once")
    about |= dict(peak_lr=lr, warmup_steps=warmup, schedule="linear from 0 at step 0, then cosine to 0; the first step has lr 0")
    about |= dict(grad_clip="global L2 norm 1.0; grad_norm is before clipping", torch=torch.__version__, transformers=tf.__version__)
    about |= dict(tolerance=dict(loss_relative=1e-4, grad_norm_relative=1e-3, final_absolute=2e-4), steps=steps)
    save_json(folder + "/expected.json", about)
    print(f"{os.path.basename(folder):24s} loss {steps[0]['loss']:.4f} -> {steps[-1]['loss']:.4f}")


def trainings(out, wanted):
    g = torch.Generator().manual_seed(77)
    follower = torch.randperm(VOCAB - 5, generator=g) + 5

    def text(width=24):
        """[8, width]: each token is followed by its own follower four times out of five."""
        x = random_ids(g, 8, width)
        for t in range(1, width):
            keep = torch.rand(8, generator=g) < 0.8
            x[:, t] = torch.where(keep, follower[x[:, t - 1] - 5], x[:, t])
        return x

    texts = [text() for _ in range(40)]
    if wanted("train_gpt2"):
        torch.manual_seed(1)
        config = tf.GPT2Config(vocab_size=VOCAB, n_positions=32, n_embd=48, n_layer=2, n_head=4, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
                               bos_token_id=1, eos_token_id=2)
        batches = [dict(input_ids=x, labels=x.clone()) for x in texts[:20]]
        train(f"{out}/train_gpt2", tf.GPT2LMHeadModel(config), batches, lr=3e-3, warmup=4)
    if wanted("train_llama"):
        torch.manual_seed(2)
        config = tf.LlamaConfig(vocab_size=VOCAB, hidden_size=64, intermediate_size=112, num_hidden_layers=2, num_attention_heads=4,
                                num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, pad_token_id=0,
                                tie_word_embeddings=False)
        mask = torch.ones_like(texts[0])
        mask[0, 15:] = 0  # one short sequence
        batches = [dict(input_ids=x * mask, attention_mask=mask, labels=torch.where(mask.bool(), x, -100)) for x in texts[20:]]
        train(f"{out}/train_llama", tf.LlamaForCausalLM(config), batches, lr=3e-3, warmup=4)

    def masked_pair():
        """A seventh of the tokens is asked for behind a mask, token 4; one sequence is short."""
        x = text()
        asked = torch.rand(x.shape, generator=g) < 0.15
        asked[:, 1] = True
        labels, ids, mask = torch.where(asked, x, -100), torch.where(asked, 4, x), torch.ones_like(x)
        ids[:, 0] = 1
        mask[3, 18:], labels[3, 18:] = 0, -100
        types = (torch.arange(24) >= 12).long().expand(8, 24).clone()
        follows = torch.randint(0, 2, (8,), generator=g)
        return dict(input_ids=ids, attention_mask=mask, token_type_ids=types, labels=labels, next_sentence_label=follows)

    pairs = [masked_pair(), masked_pair()]
    if wanted("train_bert"):
        torch.manual_seed(3)
        config = tf.BertConfig(vocab_size=VOCAB, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96,
                               max_position_embeddings=32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        train(f"{out}/train_bert", tf.BertForPreTraining(config), pairs * 10, lr=3e-3, warmup=4)
    if wanted("train_t5"):
        torch.manual_seed(4)
        model = tf.T5ForConditionalGeneration(t5(d_ff=96, num_layers=2, num_heads=4, feed_forward_proj="gated-gelu", tie_word_embeddings=False))
        mask = torch.ones(8, 16, dtype=torch.long)
        mask[2, 10:] = 0
        batches = []
        for x in (text(16) for _ in range(20)):  # the target is the source backwards
            labels = x.flip(1)[:, :10].clone()
            labels[2, 6:] = -100
            batches.append(dict(input_ids=x * mask, attention_mask=mask, labels=labels))
        train(f"{out}/train_t5", model, batches, lr=3e-3, warmup=4)


# ---- norm placements by their formulas -------------------------------------------------------------------------------------------

SCIENCE = (
    "V=64 d=32 heads=4 d_ff=64 B=2 T=16, causal, no bias, no positions, ReLU, eps=1e-5 inside sqrt, gamma=1 beta=0, loss=mean nats. weights: splitmix64 "
    "seed 1234; u=(next>>40)*2^-24; w=(2u-1)*sqrt(3)*std; order emb[V,d] std 1; per layer q,k,v,o[d,d],W1[d,f],W2[f,d]; head[d,V]; all std=sqrt(2/(in+out)); "
    "y=x@W row-major; deepnorm: v,o,W1,W2 *= (8N)^-.25, alpha=(2N)^.25; subln: *= sqrt(ln 2N); tok[b][t]=(31b+17t+(t*t)%13)%64, target=same at t+1"
)
PLACEMENTS = ["post", "pre", "prescaled", "peri", "olmo2", "subln", "deepnorm", "admin", "lns", "mixln", "residual", "b2t", "parallel", "none"]
WITH_FINAL_NORM = {"pre", "mixln", "peri", "olmo2", "subln", "lns", "parallel", "prescaled"}


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return ((z ^ (z >> 31)) >> 40) * 2.0**-24

    def matrix(self, rows, columns, std):
        w = [(2 * self.uniform() - 1) * math.sqrt(3) * std for _ in range(rows * columns)]
        return torch.tensor(w, dtype=torch.float64).view(rows, columns)


def science_weights(layers, d, f, vocab, placement):
    draws = SplitMix(1234)
    gain = {"deepnorm": (8 * layers) ** -0.25, "subln": math.sqrt(math.log(2 * layers))}.get(placement, 1.0)
    w = {"emb": draws.matrix(vocab, d, 1.0)}
    for layer in range(layers):
        for name, rows, columns in (("q", d, d), ("k", d, d), ("v", d, d), ("o", d, d), ("1", d, f), ("2", f, d)):
            matrix = draws.matrix(rows, columns, math.sqrt(2 / (rows + columns)))
            w[f"{layer}.{name}"] = matrix if name in "qk" else matrix * gain
    w["head"] = draws.matrix(d, vocab, math.sqrt(2 / (d + vocab)))
    return {k: v.requires_grad_() for k, v in w.items()}


def science_forward(w, tokens, layers, heads, placement, kind):
    def norm(x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) if kind == "rms" else F.layer_norm(x, x.shape[-1:], eps=1e-5)

    x = w["emb"][tokens]
    b, t, d = x.shape
    causal = torch.full((t, t), float("-inf"), dtype=x.dtype).triu(1)

    def attention(layer, z, inside=lambda y: y):
        q, k, v = ((z @ w[f"{layer}.{c}"]).view(b, t, heads, d // heads).transpose(1, 2) for c in "qkv")
        y = ((q @ k.transpose(-1, -2) / math.sqrt(d // heads) + causal).softmax(-1) @ v).transpose(1, 2).reshape(b, t, d)
        return inside(y) @ w[f"{layer}.o"]

    def feed_forward(layer, z, inside=lambda y: y):
        return inside(F.relu(z @ w[f"{layer}.1"])) @ w[f"{layer}.2"]

    branches = 2 * layers
    alpha = branches**0.25
    omega = math.sqrt((branches + 1) / math.log(branches + 1) - 1)
    second = x  # ResiDual's other stream
    for layer in range(layers):
        if placement == "parallel":
            z = norm(x)
            x = x + attention(layer, z) + feed_forward(layer, z)
            continue
        if placement == "b2t":
            a = norm(x + attention(layer, x))
            x = norm(x + a + feed_forward(layer, a))
            continue
        post = placement == "post" or (placement == "mixln" and layer < math.ceil(0.25 * layers))
        for branch in (attention, feed_forward):
            if post:
                x = norm(x + branch(layer, x))
            elif placement in ("pre", "mixln"):
                x = x + branch(layer, norm(x))
            elif placement == "prescaled":
                x = x + branch(layer, norm(x)) / math.sqrt(branches)
            elif placement == "peri":
                x = x + norm(branch(layer, norm(x)))
            elif placement == "olmo2":
                x = x + norm(branch(layer, x))
            elif placement == "subln":
                x = x + branch(layer, norm(x), norm)
            elif placement == "deepnorm":
                x = norm(alpha * x + branch(layer, x))
            elif placement == "admin":
                x = norm(omega * x + branch(layer, x))
            elif placement == "lns":
                x = x + branch(layer, norm(x) / math.sqrt(layer + 1))
            elif placement == "residual":
                y = branch(layer, x)
                second, x = second + y, norm(x + y)
            else:
                x = x + branch(layer, x)
    if placement == "residual":
        return x + norm(second)
    return norm(x) if placement in WITH_FINAL_NORM else x


def science_case(layers, placement, kind, ids, dtype):
    """Loss and gradient norms, in the order of the file's keys."""
    w = {k: v.detach().to(dtype).requires_grad_() for k, v in science_weights(layers, 32, 64, 64, placement).items()}
    x = science_forward(w, ids[:, :-1], layers, 4, placement, kind)
    loss = F.cross_entropy((x @ w["head"]).flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    g = {k: v.grad.double().norm().item() for k, v in w.items()}
    norms = dict(gW2=[g[f"{i}.2"] for i in range(layers)], gWv1=g["0.v"], gWq1=g["0.q"], gemb=g["emb"], ghead=g["head"])
    return loss.item(), norms


def science(out):
    ids = torch.tensor([[(31 * b + 17 * t + (t * t) % 13) % 64 for t in range(17)] for b in range(2)])
    cases = {"spec": SCIENCE}
    for layers in (6, 24):
        for kind in ("ln", "rms"):
            for placement in PLACEMENTS if kind == "ln" else ("post", "pre", "peri", "deepnorm"):
                loss, norms = science_case(layers, placement, kind, ids, torch.float64)
                loss32, norms32 = science_case(layers, placement, kind, ids, torch.float32)
                flat, flat32 = ([*n["gW2"], *list(n.values())[1:]] for n in (norms, norms32))
                # How far PyTorch's f32 is from double, relative: some designs are badly conditioned.
                noise = dict(loss=abs(loss32 / loss - 1), gradient=max(abs(b / a - 1) for a, b in zip(flat, flat32)))
                cases[f"{kind}.{placement}.N{layers}"] = dict(loss=loss, **norms, f32_noise=noise)
    with open(f"{out}/science_golden.json", "w") as file:
        json.dump(cases, file, indent=0)
    print(f"science_golden.json      {len(cases) - 1} cases")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder to write into")
    parser.add_argument("--only", default="", help="comma-separated names; all when absent")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]

    def wanted(name):
        return not only or name in only

    os.makedirs(options.out, exist_ok=True)
    models(options.out, wanted)
    if wanted("glm2022_block"):
        glm2022(options.out)
    trainings(options.out, wanted)
    if wanted("science"):
        science(options.out)
