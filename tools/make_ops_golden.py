#!/usr/bin/env python3
"""Makes the golden values of single operations in tests/golden with PyTorch and transformers.

    python tools/make_ops_golden.py --out tests/golden [--only norms,ops,optim,logits]

NAME/NAME.safetensors holds inputs in f32 and, as *.f64, the results in double of exactly those inputs; NAME/NAME.json says what each case is, and as
torch_f32_err how far PyTorch's own f32 kernel is from the result in double (largest absolute difference): a fair yardstick.
"""
import argparse
import json
import math
import os

os.environ.update(OMP_NUM_THREADS="1", CUDA_VISIBLE_DEVICES="", HF_HUB_OFFLINE="1")
import torch
import torch.nn.functional as F
import transformers as tf
from safetensors.torch import save_file
from transformers.generation import logits_process as lp

tf.logging.set_verbosity_error()
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


class Book:
    """Tensors and cases of one folder."""

    def __init__(self, out, name):
        self.folder, self.name = f"{out}/{name}", name
        self.tensors, self.cases = {}, {}
        os.makedirs(self.folder, exist_ok=True)

    def put(self, prefix, **tensors):
        for name, t in tensors.items():
            self.tensors[prefix + name] = torch.as_tensor(t).detach().contiguous().clone()

    def put_f64(self, prefix, **tensors):
        for name, t in tensors.items():
            self.put(prefix, **{name + ".f64": t})

    def close(self, note):
        save_file(self.tensors, f"{self.folder}/{self.name}.safetensors")
        with open(f"{self.folder}/{self.name}.json", "w") as file:
            json.dump(dict(about=dict(note=note), torch=torch.__version__, transformers=tf.__version__, cases=self.cases), file, indent=1)
        print(f"{self.name:8s} {len(self.cases):4d} cases {len(self.tensors):5d} tensors")


def leaf(t, dtype):
    return t.to(dtype).detach().clone().requires_grad_()


# ---- norms -----------------------------------------------------------------------------------------------------------------------


def patterns(g, rows, width):
    x = torch.randn(rows, width, generator=g)
    yield "normal", x
    yield "mean1e4", x + 1e4
    yield "tinyvar", 3.0 + 1e-4 * x
    yield "tinyvar0", 1e-6 * x
    yield "large", x * 1e18
    constant = x.clone()
    constant[0] = 2.5
    yield "constant_row", constant
    if width > 1:
        outlier = x.clone()
        outlier[1, width // 2] = 3e4
        yield "outlier", outlier
    bad = x.clone()
    bad[0, 0], bad[1, width - 1] = float("nan"), float("inf")
    yield "nan_inf", bad


def error(f32, f64):
    """None where there is nothing to compare: no finite value in double, or NaN in f32."""
    finite = torch.isfinite(f64)
    worst = float((f32.detach().double() - f64.detach())[finite].abs().max()) if finite.any() else math.nan
    return None if math.isnan(worst) else worst


def norm_case(book, key, names, run, **about):
    """run(dtype) -> results named by `names`, None where there is none."""
    r64, r32 = run(torch.float64), run(torch.float32)
    errors = {}
    for name, a, b in zip(names, r64, r32):
        if a is not None:
            book.put_f64(key + ".", **{name: a})
            errors[name] = error(b, a)
    book.cases[key] = dict(about, torch_f32_err=errors)


def row_norms(book, g):
    for width in (1, 7, 33, 768, 1000):
        w, bias = 1 + 0.3 * torch.randn(width, generator=g), 0.2 * torch.randn(width, generator=g)
        book.put(f"h{width}.", weight=w, bias=bias)
        for pattern, x in patterns(g, 3, width):
            if width >= 768 and pattern in ("tinyvar", "large"):
                continue
            dy = torch.randn(3, width, generator=g)
            name = f"h{width}.{pattern}"
            book.put(name + ".", x=x, dy=dy)
            for kind, eps in (("layernorm", 1e-5), ("layernorm", 1e-12), ("rmsnorm", 1e-6)):
                if width >= 768 and eps == 1e-12:
                    continue

                def run(dtype):
                    X, W, B = leaf(x, dtype), leaf(w, dtype), leaf(bias, dtype)
                    y = F.layer_norm(X, (width,), W, B, eps) if kind == "layernorm" else F.rms_norm(X, (width,), W, eps)
                    y.backward(dy.to(dtype))
                    return y, X.grad, W.grad, B.grad

                about = dict(kind=kind, eps=eps, hidden=width, pattern=pattern, x=name + ".x", dy=name + ".dy", weight=f"h{width}.weight")
                about["bias"] = f"h{width}.bias" if kind == "layernorm" else None
                norm_case(book, f"{name}.{kind}.eps{eps:g}", ("y", "dx", "dw", "db"), run, **about)


def batch_norms(book, g):
    changes = dict(normal=lambda x: x, mean1e4=lambda x: x + 1e4, tinyvar=lambda x: 3 + 1e-4 * x)
    for c in (1, 7, 33):
        for shape in ((5, c), (4, c, 6), (2, c)):
            for pattern, change in changes.items():
                x, dy = change(torch.randn(*shape, generator=g)), torch.randn(*shape, generator=g)
                w, bias = 1 + 0.3 * torch.randn(c, generator=g), 0.2 * torch.randn(c, generator=g)
                mean, var = torch.randn(c, generator=g), torch.rand(c, generator=g) + 0.5
                for training in (True, False):

                    def run(dtype):
                        X, W, B, m, v = leaf(x, dtype), leaf(w, dtype), leaf(bias, dtype), mean.to(dtype).clone(), var.to(dtype).clone()
                        y = F.batch_norm(X, m, v, W, B, training=training, momentum=0.1, eps=1e-5)
                        y.backward(dy.to(dtype))
                        return y, X.grad, W.grad, B.grad, m, v

                    key = f"batchnorm.c{c}.{'x'.join(map(str, shape))}.{pattern}.{'train' if training else 'eval'}"
                    names = ("y", "dx", "dw", "db", "running_mean_after", "running_var_after")
                    norm_case(book, key, names, run, kind="batchnorm", eps=1e-5, momentum=0.1, training=training, shape=list(shape))
                    book.put(key + ".", x=x, dy=dy, weight=w, bias=bias, running_mean=mean, running_var=var)


def group_norms(book, g):
    for c, groups in ((6, 1), (6, 2), (6, 6), (33, 3), (768, 32)):
        for shape in ((3, c), (2, c, 5)):
            for pattern, offset in (("normal", 0), ("mean1e4", 1e4)):
                if len(shape) == 2 and c == groups:
                    continue
                x, dy = torch.randn(*shape, generator=g) + offset, torch.randn(*shape, generator=g)
                w, bias = 1 + 0.3 * torch.randn(c, generator=g), 0.2 * torch.randn(c, generator=g)

                def run(dtype):
                    X, W, B = leaf(x, dtype), leaf(w, dtype), leaf(bias, dtype)
                    y = F.group_norm(X, groups, W, B, 1e-5)
                    y.backward(dy.to(dtype))
                    return y, X.grad, W.grad, B.grad

                key = f"groupnorm.c{c}.g{groups}.{'x'.join(map(str, shape))}.{pattern}"
                norm_case(book, key, ("y", "dx", "dw", "db"), run, kind="groupnorm", groups=groups, eps=1e-5, shape=list(shape))
                book.put(key + ".", x=x, dy=dy, weight=w, bias=bias)


def norms(out):
    book, g = Book(out, "norms"), torch.Generator().manual_seed(11)
    row_norms(book, g)
    batch_norms(book, g)
    group_norms(book, g)
    book.close("rows x channels, or (N, C) and (N, C, L) for batch and group norm; running_var takes the unbiased variance, the norm the biased one")


# ---- activations, attention, positions, losses -----------------------------------------------------------------------------------


def activations(book, g):
    x = torch.cat([torch.linspace(-12, 12, 97), torch.tensor([0.0, -0.0, 1e-8, -1e-8, 60.0, -60.0, 1e4, -1e4])])
    dy = torch.randn(x.shape, generator=g)
    book.put("act.", x=x, dy=dy)
    gelu_tanh = lambda v: F.gelu(v, approximate="tanh")
    kinds = dict(relu=F.relu, gelu=F.gelu, gelu_tanh=gelu_tanh, silu=F.silu, tanh=torch.tanh, sigmoid=torch.sigmoid)
    kinds |= dict(relu2=lambda v: F.relu(v) ** 2, mish=F.mish, softplus=F.softplus, quick_gelu=lambda v: v * torch.sigmoid(1.702 * v))
    kinds |= dict(elu=F.elu, leaky_relu=F.leaky_relu)
    for name, act in kinds.items():
        X = leaf(x, torch.float64)
        y = act(X)
        y.backward(dy.double())
        book.put_f64(f"act.{name}.", y=y, dx=X.grad)
        book.cases[f"act.{name}"] = dict(kind="activation")
    gate, up = torch.randn(6, 17, generator=g), torch.randn(6, 17, generator=g)
    book.put("glu.", gate=gate, up=up)
    for name, act in dict(swiglu=F.silu, geglu=F.gelu, geglu_tanh=gelu_tanh, reglu=F.relu, glu=torch.sigmoid).items():
        book.put_f64("glu.", **{name: act(gate.double()) * up.double()})
        book.cases[f"glu.{name}"] = dict(kind="act(gate) * up")


def softmaxes(book, g):
    rows = [torch.randn(50, generator=g), 1e4 + torch.randn(50, generator=g)]
    rows += [torch.where(torch.arange(50) < 25, torch.randn(50, generator=g), float("-inf")), torch.full((50,), -3.0)]
    z = torch.stack(rows)
    book.put("softmax.", x=z)
    book.put_f64("softmax.", y=z.double().softmax(-1), log=z.double().log_softmax(-1))
    book.cases["softmax"] = dict(kind="softmax over the last axis; row 2 has -inf entries")


ATTENTION = [  # name, sequences, query heads, key heads, queries, keys, head width, causal, mask
    ("causal", 2, 4, 4, 9, 9, 16, True, None),
    ("gqa_causal", 2, 8, 2, 13, 13, 8, True, None),
    ("mqa", 1, 6, 1, 7, 7, 24, False, None),
    ("cross", 2, 3, 3, 5, 11, 12, False, "pad"),
    ("causal_pad", 2, 4, 2, 10, 10, 16, True, "pad"),
    ("bias", 2, 4, 4, 6, 6, 10, False, "bias"),
    ("decode", 2, 8, 4, 1, 33, 16, True, None),
    ("long", 1, 2, 1, 70, 70, 64, True, None),
    ("one", 1, 1, 1, 1, 1, 1, True, None),
]


def attention(book, g):
    for name, b, heads, kv_heads, tq, tk, d, causal, mask in ATTENTION:
        q, k, v = (torch.randn(b, h, t, d, generator=g) for h, t in ((heads, tq), (kv_heads, tk), (kv_heads, tk)))
        do = torch.randn(b, heads, tq, d, generator=g)
        key = f"attn.{name}."
        book.put(key, q=q, k=k, v=v, do=do)
        added = torch.zeros(b, 1, tq, tk, dtype=torch.float64)
        if causal:
            added += torch.where(torch.arange(tk) <= torch.arange(tq)[:, None] + (tk - tq), 0.0, float("-inf")).double()
        if mask == "pad":
            lengths = torch.tensor([tk, tk // 2])
            book.put(key, kv_len=lengths)
            added = added + torch.where(torch.arange(tk) < lengths[:, None], 0.0, float("-inf")).double()[:, None, None]
        if mask == "bias":
            bias = torch.randn(1, heads, tq, tk, generator=g)
            book.put(key, bias=bias)
            added = added + bias.double()
        Q, K, V = (leaf(t, torch.float64) for t in (q, k, v))
        repeat = heads // kv_heads
        scores = Q @ K.repeat_interleave(repeat, 1).transpose(-1, -2) / math.sqrt(d) + added
        o = scores.softmax(-1) @ V.repeat_interleave(repeat, 1)
        o.backward(do.double())
        book.put_f64(key, o=o, lse=scores.logsumexp(-1), dq=Q.grad, dk=K.grad, dv=V.grad)
        offset = "query i sees keys j <= i + Tk - Tq"
        book.cases[f"attn.{name}"] = dict(kind="softmax(q k^T / sqrt(D) + mask) v", layout="B H T D", causal=causal, causal_offset=offset, mask=mask)


def positions(book, g):
    d, t = 16, 11
    x = torch.randn(2, 3, t, d, generator=g)
    pos = torch.tensor([list(range(11)), [5, 6, 7, 100, 101, 102, 4095, 4096, 8191, 0, 1]])
    book.put("rope.", x=x, pos=pos)
    for theta in (10000.0, 500000.0):
        angle = pos.double()[..., None] * theta ** (-torch.arange(0, d, 2).double() / d)
        cos, sin, X = angle.cos()[:, None], angle.sin()[:, None], x.double()
        a, b, even, odd = X[..., : d // 2], X[..., d // 2 :], X[..., 0::2], X[..., 1::2]
        book.put_f64("rope.half.", **{f"{theta:g}": torch.cat([a * cos - b * sin, b * cos + a * sin], -1)})
        book.put_f64("rope.interleaved.", **{f"{theta:g}": torch.stack([even * cos - odd * sin, odd * cos + even * sin], -1).flatten(-2)})
        book.cases[f"rope.{theta:g}"] = dict(kind="rotary; half: pairs (i, i + D/2), interleaved: pairs (2i, 2i + 1)", layout="B H T D; pos is (B, T)")
    rope_frequencies(book)
    slopes_and_buckets(book)


def rope_frequencies(book):
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    llama3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)
    yarn = dict(rope_type="yarn", rope_theta=10000.0, original_max_position_embeddings=4096)
    scalings = [dict(llama3, original_max_position_embeddings=8192), dict(rope_type="linear", rope_theta=10000.0, factor=4.0), dict(yarn, factor=4.0)]
    scalings += [dict(yarn, factor=40.0, beta_fast=32, beta_slow=1, mscale=0.707, mscale_all_dim=1.0)]
    for scaling in scalings:
        kind, factor = scaling["rope_type"], scaling["factor"]
        context = int(4096 * factor) if kind == "yarn" else 131072
        config = tf.LlamaConfig(hidden_size=512, num_attention_heads=4, max_position_embeddings=context, rope_parameters=scaling)
        frequencies, attention_scaling = ROPE_INIT_FUNCTIONS[kind](config, "cpu")
        key = f"ropefreq.{kind}.{factor:g}"
        book.put("", **{key: frequencies})
        about = dict(kind="frequencies of transformers", head_dim=128, attention_scaling=float(attention_scaling))
        book.cases[key] = dict(about, rope_parameters=config.rope_parameters)


def slopes_and_buckets(book):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from transformers.models.t5.modeling_t5 import T5Attention

    for heads in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 64, 112):
        book.put("alibi.", **{f"h{heads}": build_alibi_tensor(torch.ones(1, 2, dtype=torch.long), heads, torch.float32)[:, 0, 1]})
        book.cases[f"alibi.h{heads}"] = dict(kind="slopes per head (transformers' BLOOM)")
    relative = torch.arange(-300, 301)
    book.put("t5bucket.", rel=relative)
    for both in (True, False):
        for buckets, far in ((32, 128), (8, 20), (64, 256)):
            key = f"t5bucket.{'bidir' if both else 'causal'}.{buckets}.{far}"
            bucket = T5Attention._relative_position_bucket(relative, bidirectional=both, num_buckets=buckets, max_distance=far)
            book.put("", **{key: bucket})
            book.cases[key] = dict(kind="relative_position = key position - query position")


def losses(book, g):
    logits = 3 * torch.randn(12, 50, generator=g)
    target = torch.randint(0, 50, (12,), generator=g)
    target[[3, 7]] = -100
    weight = torch.rand(50, generator=g) + 0.5
    book.put("ce.", logits=logits, target=target, weight=weight)

    def loss_case(key, kind, loss, gradient, **about):
        L = leaf(logits, torch.float64)
        value = loss(L)
        value.backward()
        book.put_f64(key + ".", loss=value, **{gradient: L.grad})
        book.cases[key] = dict(kind=kind, **about)

    for name, options in dict(mean={}, sum=dict(reduction="sum"), smooth=dict(label_smoothing=0.1), weighted=dict(weight=weight.double())).items():
        about = dict(kind="cross entropy, ignore_index -100", args=list(options))
        loss_case(f"ce.{name}", loss=lambda L: F.cross_entropy(L, target, ignore_index=-100, **options), gradient="dlogits", **about)
    kind = "cross entropy + 1e-4 * mean(logsumexp^2) over counted rows"
    z = lambda L: F.cross_entropy(L, target, ignore_index=-100) + 1e-4 * (L.logsumexp(-1)[target != -100] ** 2).mean()
    loss_case("ce.zloss", kind, z, "dlogits")

    teacher = 3 * torch.randn(12, 50, generator=g)
    book.put("kd.", teacher=teacher)
    for t in (1.0, 2.0, 4.0):
        soft = lambda L: F.kl_div((L / t).log_softmax(-1), (teacher.double() / t).softmax(-1), reduction="batchmean") * t * t
        loss_case(f"kd.T{t:g}", "KL(teacher || student) * T^2, batchmean; student = ce.logits", soft, "dstudent")
    a, b = torch.randn(5, 16, generator=g), torch.randn(5, 16, generator=g)
    book.put("cos.", a=a, b=b)
    book.put_f64("cos.", sim=F.cosine_similarity(a.double(), b.double()))
    book.cases["cos"] = dict(kind="cosine similarity")
    chosen, rejected, ref_chosen, ref_rejected = (torch.randn(6, generator=g) * 5 - 20 for _ in range(4))
    book.put("dpo.", policy_chosen=chosen, policy_rejected=rejected, ref_chosen=ref_chosen, ref_rejected=ref_rejected)
    margin = ((chosen - rejected) - (ref_chosen - ref_rejected)).double()
    book.put("dpo.", **{"loss_beta0.1.f64": -F.logsigmoid(0.1 * margin)})
    book.cases["dpo"] = dict(kind="DPO loss of each example, beta 0.1")


def sinusoid_and_lora(book, g):
    table = torch.zeros(40, 12, dtype=torch.float64)
    angle = torch.arange(40).double()[:, None] * torch.exp(torch.arange(0, 12, 2).double() * (-math.log(10000.0) / 12))
    table[:, 0::2], table[:, 1::2] = angle.sin(), angle.cos()
    book.put_f64("sinusoid.", **{"40x12": table})
    book.cases["sinusoid"] = dict(kind="interleaved sin, cos")
    w, a, b, x = (torch.randn(*shape, generator=g) for shape in ((20, 14), (4, 14), (20, 4), (3, 14)))
    book.put("lora.", W=w, A=a, B=b, x=x)
    book.put_f64("lora.", y=F.linear(x.double(), w.double() + (8 / 4) * b.double() @ a.double()))
    book.cases["lora"] = dict(kind="y = x (W + alpha/r B A)^T, alpha 8, r 4")


def ops(out):
    book, g = Book(out, "ops"), torch.Generator().manual_seed(12)
    for part in (activations, softmaxes, attention, positions, losses, sinusoid_and_lora):
        part(book, g)
    book.close("see kind of each case")


# ---- optimizers and schedules ----------------------------------------------------------------------------------------------------


def optimizers():
    o = torch.optim
    fixed = dict(lr=1e-2, relative_step=False, warmup_init=False)
    return dict(
        adamw=lambda p: o.AdamW(p, lr=1e-2, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.1),
        adamw_amsgrad=lambda p: o.AdamW(p, lr=1e-2, amsgrad=True, weight_decay=0.01),
        adam_l2=lambda p: o.Adam(p, lr=1e-2, weight_decay=0.1),
        adam=lambda p: o.Adam(p, lr=1e-2),
        sgd=lambda p: o.SGD(p, lr=1e-2),
        sgd_momentum=lambda p: o.SGD(p, lr=1e-2, momentum=0.9),
        sgd_nesterov_wd=lambda p: o.SGD(p, lr=1e-2, momentum=0.9, nesterov=True, weight_decay=0.01),
        rmsprop=lambda p: o.RMSprop(p, lr=1e-2),
        adagrad=lambda p: o.Adagrad(p, lr=1e-2),
        nadam=lambda p: o.NAdam(p, lr=1e-2),
        radam=lambda p: o.RAdam(p, lr=1e-2),
        adadelta=lambda p: o.Adadelta(p),
        adamax=lambda p: o.Adamax(p, lr=1e-2),
        rprop=lambda p: o.Rprop(p, lr=1e-2),
        hf_adafactor_fixed_lr=lambda p: tf.Adafactor(p, scale_parameter=False, **fixed),
        hf_adafactor_relative=lambda p: tf.Adafactor(p, lr=None, relative_step=True, scale_parameter=True, warmup_init=False),
        hf_adafactor_beta1=lambda p: tf.Adafactor(p, scale_parameter=True, beta1=0.9, weight_decay=0.01, **fixed),
        torch_adafactor=lambda p: o.Adafactor(p, lr=1e-2),
        torch_muon_2d_only=lambda p: o.Muon([q for q in p if q.dim() == 2], lr=1e-2),
    )


def optim(out):
    book, g, steps = Book(out, "optim"), torch.Generator().manual_seed(13), 12
    start = [torch.randn(7, 5, generator=g), torch.randn(5, generator=g), torch.randn(130, 3, generator=g)]
    gradients = [[torch.randn(p.shape, generator=g) * (10.0 if s == 3 else 1.0) for p in start] for s in range(steps)]
    gradients[5] = [torch.zeros_like(t) for t in gradients[5]]
    for i, p in enumerate(start):
        book.put("init.", **{str(i): p})
        for s in range(steps):
            book.put(f"grad.step{s:02d}.", **{str(i): gradients[s][i]})
    for name, make in optimizers().items():
        ends = {}
        for dtype in (torch.float32, torch.float64):
            p = [torch.nn.Parameter(t.to(dtype).clone()) for t in start]
            optimizer = make(p)
            for s in range(steps):
                for q, gradient in zip(p, gradients[s]):
                    q.grad = gradient.to(dtype).clone()
                optimizer.step()
                if dtype == torch.float64 and s in (0, 1, steps - 1):
                    book.put_f64(f"{name}.after{s + 1:02d}.", **{str(i): q for i, q in enumerate(p)})
            ends[dtype] = [q.detach().double() for q in p]
        simple = (int, float, bool, tuple, list, type(None), str)
        group = {k: v for k, v in optimizer.param_groups[0].items() if k != "params" and isinstance(v, simple)}
        worst = max(float((a - b).abs().max()) for a, b in zip(ends[torch.float32], ends[torch.float64]))
        book.cases[name] = dict(steps=steps, group=group, torch_f32_err=worst)
    book.close("parameters init.i, gradients grad.stepSS.i (step 3 ten times larger, step 5 zero); values after 1, 2 and 12 steps in double")
    schedules(book.folder)


def schedules(folder):
    def rates(make):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule, seen = make(optimizer), []
        for _ in range(60):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return seen

    wsd = dict(num_warmup_steps=10, num_decay_steps=15, num_stable_steps=20)
    known = dict(
        linear_w10_t50=rates(lambda o: tf.get_linear_schedule_with_warmup(o, 10, 50)),
        cosine_w10_t50=rates(lambda o: tf.get_cosine_schedule_with_warmup(o, 10, 50)),
        cosine_hard_restarts3_w10_t50=rates(lambda o: tf.get_cosine_with_hard_restarts_schedule_with_warmup(o, 10, 50, num_cycles=3)),
        constant_w10=rates(lambda o: tf.get_constant_schedule_with_warmup(o, 10)),
        inverse_sqrt_w10=rates(lambda o: tf.get_inverse_sqrt_schedule(o, 10)),
        wsd_linear=rates(lambda o: tf.get_wsd_schedule(o, decay_type="linear", **wsd)),
    )
    known["polynomial_p2_w10_t50_end1e-3"] = rates(lambda o: tf.get_polynomial_decay_schedule_with_warmup(o, 10, 50, lr_end=1e-3, power=2.0))
    known["cosine_min_lr0.1_w10_t50"] = rates(lambda o: tf.get_cosine_with_min_lr_schedule_with_warmup(o, 10, 50, min_lr=0.1))
    known["wsd_w10_s20_d15_cosine_min0.1"] = rates(lambda o: tf.get_wsd_schedule(o, min_lr_ratio=0.1, **wsd))
    known["wsd_1-sqrt"] = rates(lambda o: tf.get_wsd_schedule(o, decay_type="1-sqrt", **wsd))
    about = f"peak 1.0; the rate used at step 0, 1, 2, ...; transformers {tf.__version__}"
    with open(f"{folder}/schedules.json", "w") as file:
        json.dump(dict(about=about, schedules=known), file)


# ---- logits processors -----------------------------------------------------------------------------------------------------------


def processors(ids):
    after = int(ids[1, -1])
    return dict(
        temp_0_7=lp.TemperatureLogitsWarper(0.7),
        temp_2=lp.TemperatureLogitsWarper(2.0),
        topk_1=lp.TopKLogitsWarper(1),
        topk_5=lp.TopKLogitsWarper(5),
        topk_100=lp.TopKLogitsWarper(64),
        topp_0_9=lp.TopPLogitsWarper(0.9),
        topp_0_1=lp.TopPLogitsWarper(0.1),
        topp_0=lp.TopPLogitsWarper(0.0),
        topp_0_999_keep3=lp.TopPLogitsWarper(0.999, min_tokens_to_keep=3),
        minp_0_05=lp.MinPLogitsWarper(0.05),
        minp_0_5=lp.MinPLogitsWarper(0.5),
        typical_0_9=lp.TypicalLogitsWarper(0.9),
        typical_0_2=lp.TypicalLogitsWarper(0.2),
        epsilon_3e_3=lp.EpsilonLogitsWarper(3e-3),
        eta_2e_3=lp.EtaLogitsWarper(2e-3, device="cpu"),
        rep_1_3=lp.RepetitionPenaltyLogitsProcessor(1.3),
        rep_0_8=lp.RepetitionPenaltyLogitsProcessor(0.8),
        ngram_2=lp.NoRepeatNGramLogitsProcessor(2),
        ngram_3=lp.NoRepeatNGramLogitsProcessor(3),
        badwords=lp.NoBadWordsLogitsProcessor([[5], [after, 9]], eos_token_id=torch.tensor([2])),
        seqbias=lp.SequenceBiasLogitsProcessor([[[5], -3.0], [[after, 9], 7.5]]),
        minlen=lp.MinLengthLogitsProcessor(20, torch.tensor([2])),
        exp_decay=lp.ExponentialDecayLengthPenalty((10, 1.1), torch.tensor([2]), 2),
    )


def logits(out):
    book, g = Book(out, "logits"), torch.Generator().manual_seed(14)
    x = 4 * torch.randn(5, 64, generator=g)
    x[2], x[3], x[4, 7] = 0.0, torch.linspace(-5, 5, 64), 40.0
    ids = torch.randint(0, 64, (5, 14), generator=g)
    ids[0, 3:6] = ids[0, 10:13]
    book.put("", logits=x, ids=ids)
    for name, process in processors(ids).items():
        y = process(ids, x.clone())
        book.put("", **{name: y})
        book.cases[name] = dict(kind=type(process).__name__, kept=[int(torch.isfinite(row).sum()) for row in y])
    book.close("-inf = removed. Row 2 is all zeros (ties), row 3 a ramp, row 4 has one dominant token; the penalties see ids")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True, help="folder to write into")
    parser.add_argument("--only", default="", help="comma-separated: norms, ops, optim, logits; all when absent")
    options = parser.parse_args()
    for part in (norms, ops, optim, logits):
        if not options.only or part.__name__ in options.only.split(","):
            part(options.out)
