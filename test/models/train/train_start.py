#!/usr/bin/env python3
"""Train the sample MoE on CPU in bf16 autocast for a fixed wall-clock time.

Two processes of one thread each share the parameters in memory: each takes half of the windows of a batch, then each updates half of
the parameters with the mean gradient (faster than two threads in every matrix product, above all when the machine has other work)."""
import argparse, json, math, multiprocessing, os, sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
import first_sample
from deepseek2 import MoE, Config
import bpe
p = argparse.ArgumentParser()
p.add_argument("--data", default="data"); p.add_argument("--out", default="ckpt.pt"); p.add_argument("--minutes", type=float, default=65)
p.add_argument("--lr", type=float, default=2e-3); p.add_argument("--balance", type=float, default=0.08)
p.add_argument("--bias-rate", type=float, default=0.003, help="step of the selection bias; thrice that in the first 100 steps, half of it from 60 %% of the time on, none in the last 8 %%")
p.add_argument("--focus", type=float, default=0.03, help="weight of the per-sequence router entropy above log(focus_n), ramped up over the steps of --ramp"); p.add_argument("--ramp", type=int, nargs=2, default=(50, 300))
p.add_argument("--focus-n", type=float, default=12); p.add_argument("--seed", type=int, default=7)
p.add_argument("--embed", help="GGUF file of the first sample: its token embedding and last norm are the starting point of this model's")
p.add_argument("--init", help="checkpoint to go on from (weights only)"); p.add_argument("--warmup", type=int, default=60); p.add_argument("--tokens", type=int, default=4096); p.add_argument("--small", type=float, default=0.6, help="share of the time with half the tokens per step")
a = p.parse_args()
torch.set_num_threads(1); torch.manual_seed(a.seed); rng = np.random.default_rng(a.seed)
WEIGHT = dict(math=2.2, python=2.2, biomed=1.3, drama=1.2, japanese=2.2, french=2.2, typescript=1.9, manual=2.2)
names = sorted(WEIGHT); streams = {n: np.fromfile(f"{a.data}/train/{n}.bin", dtype=np.uint16) for n in names}
cum = np.cumsum([WEIGHT[n] for n in names]); cum = cum / cum[-1]; cumw = np.diff(cum, prepend=0)
c = Config(); m = MoE(c); step = seen = 0; L = c.layers - c.dense
if a.init: ck = torch.load(a.init, weights_only=True); m.load_state_dict(ck["model"]); step, seen = ck["step"], ck["tokens"]
step0 = step
if a.embed:
    import gguf
    with torch.no_grad():
        for t in gguf.GGUFReader(a.embed).tensors:
            if t.name in ("token_embd.weight", "output_norm.weight"): (m.embed if t.name[0] == "t" else m.norm).copy_(torch.from_numpy(np.array(t.data, dtype=np.float32)))
print("parameters", sum(x.numel() for x in m.parameters()), "tokens", {n: len(s) for n, s in streams.items()}, flush=True)

# ---- parameters and gradients in shared memory; matrices (with weight decay) in front
ps = sorted(m.parameters(), key=lambda x: x.ndim < 2); n2 = sum(x.numel() for x in ps if x.ndim >= 2); N = sum(x.numel() for x in ps)
shared = lambda *s: torch.zeros(*s).share_memory_()
flat, grads, offs = shared(N), [shared(N), shared(N)], []; o = 0
for x in ps: flat[o:o + x.numel()] = x.data.view(-1); x.data = flat[o:o + x.numel()].view_as(x); offs.append((o, o + x.numel())); o += x.numel()
for b in m.blocks[c.dense:]: b.bias.share_memory_()
load, rout, sq, ctl = shared(2, L, c.experts), shared(2, L, c.experts), shared(2), shared(1)      # expert loads, mean router distributions, gradient norms, share of the time
ema = torch.full((L, c.experts), 1 / c.experts)
bar = multiprocessing.get_context("fork").Barrier(2)
open(a.out + ".pid", "w").write(str(os.getpid()))
rank = 0 if os.fork() else 1
lo, hi = ((0, N // 2), (N // 2, N))[rank]
mine = [nn.Parameter(flat[lo:min(hi, n2)])] + ([nn.Parameter(flat[n2:hi])] if hi > n2 else [])
opt = torch.optim.AdamW([dict(params=mine[:1], weight_decay=0.1)] + ([dict(params=mine[1:], weight_decay=0.0)] if hi > n2 else []), lr=a.lr, betas=(0.9, 0.95), fused=True)
tok = bpe.BPE(f"{a.data}/tokenizer.json")
held = {n: np.array([0] + tok.encode(open(f"{a.data}/heldout/{n}.txt", encoding="utf-8").read()[:14000]))[:2048] for n in names}

def batch(B, T):
    """B windows of T+1 tokens, each from one domain; the domains are drawn by systematic sampling; each window starts with <|endoftext|>.  Both processes draw the same and take every other window"""
    u = (np.arange(B) + rng.random()) / B
    ds = np.searchsorted(cum, u); X = np.empty((B, T + 1), dtype=np.int64)
    for i, d in enumerate(ds):
        s = streams[names[d]]; o = rng.integers(0, len(s) - T - 1); X[i] = s[o:o + T + 1]
    X[:, 0] = 0
    return torch.from_numpy(X[rank::2].copy()), ds[rank::2]

@torch.no_grad()
def evaluate():
    m.eval(); r = {}
    for n, ids in held.items():
        x = torch.from_numpy(ids[: len(ids) // 256 * 256]).view(-1, 256).clone(); x[:, 0] = 0
        with torch.autocast("cpu", dtype=torch.bfloat16): lg = m(x)
        r[n] = math.exp(F.cross_entropy(lg[:, :-1].reshape(-1, c.vocab).float(), x[:, 1:].reshape(-1)).item())
    m.train(); return r

freq = np.zeros((len(names), L, c.experts)); dl = np.zeros((len(names), 2))
t0 = time.time(); total = a.minutes * 60; last = last_eval = t0
if rank == 0: log = open(a.out + ".log.jsonl", "w")
while True:
    fr = ctl.item()
    if fr >= 1: break
    T = 256 if fr < 0.75 else 512 if fr < 0.92 else 1024
    n = a.tokens // (2 if fr < a.small else 1)                # smaller batches in the first part
    B = n // T if T < 1024 else n * 3 // 2 // T
    lr = a.lr * min(1, (step - step0 + 1) / a.warmup) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * fr)))
    for g in opt.param_groups: g["lr"] = lr
    X, ds = batch(B, T); b = len(ds); aux = []
    with torch.autocast("cpu", dtype=torch.bfloat16): loss, ce = m(X[:, :-1], aux=aux, targets=X[:, 1:])
    ce = ce.view(b, T); lb = fo = z = 0
    for l, (idx, rl, cnt) in enumerate(aux):
        with torch.no_grad():
            f = torch.zeros(b, c.experts).scatter_add_(1, idx.view(b, -1), torch.full((b, T * c.top_k), 1.0 / T))     # (b,E) assignments per token
            for i, d in enumerate(ds): freq[d, l] = 0.98 * freq[d, l] + 0.02 * f[i].numpy() / c.top_k
        q = rl.softmax(-1).view(b, T, -1).mean(1); H = -(q * (q + 1e-9).log()).sum(-1)          # router distribution of each window
        qm = q.mean(0); lb = lb + c.experts * (ema[l] * qm).sum()                                  # price of an expert: its mean share of late; 1 when all are used alike
        fo = fo + F.relu(H - math.log(a.focus_n)).mean(); z = z + rl.square().mean()
        load[rank, l] = cnt; rout[rank, l] = qm.detach()
    lb, fo, z = lb / L, fo / L, z / L
    for (o, e), g in zip(offs, torch.autograd.grad(loss + a.balance * lb + a.focus * min(1, max(0, (step - step0 - a.ramp[0]) / (a.ramp[1] - a.ramp[0]))) * fo + 1e-4 * z, ps)): grads[rank][o:e] = g.view(-1)
    bar.wait()
    ema.mul_(0.9).add_(rout.mean(0), alpha=0.1)
    if rank == 0:                                            # selection bias: up for experts with less than the mean load of the batch, down for the others
        n = load.sum(0); d = a.bias_rate * (3 if step < 100 else 1 if fr < 0.6 else 0.5 if fr < 0.92 else 0) * torch.sign(n.mean(-1, keepdim=True) - n)
        for k, blk in enumerate(m.blocks[c.dense:]): blk.bias += d[k]
        ctl[0] = (time.time() - t0) / total
    gr = grads[rank][lo:hi]; gr.add_(grads[1 - rank][lo:hi]).mul_(0.5); sq[rank] = gr.square().sum()
    bar.wait()
    gn = sq.sum().sqrt().item()
    if gn > 1: gr.mul_(1 / gn)
    o = lo
    for x in mine: x.grad = gr[o - lo:o - lo + x.numel()]; o += x.numel()
    opt.step(); bar.wait()
    step += 1; seen += B * T
    for i, d in enumerate(ds): dl[d] += (ce[i].mean().item(), 1)
    if step % 50 == 0 and rank == 0:
        now = time.time(); q = freq / np.maximum(freq.sum(-1, keepdims=True), 1e-9)
        eff = np.exp(-(q * np.log(q + 1e-12)).sum(-1)); dom = dl[:, 0] / np.maximum(dl[:, 1], 1)
        u = (q * cumw[:, None, None]).sum(0); ue = np.exp(-(u * np.log(u + 1e-12)).sum(-1)); bi = torch.stack([x.bias for x in m.blocks[c.dense:]])
        print(f"{step} t={now-t0:.0f}s T={T} {(now-last)/50:.3f}s/step tok={seen/1e6:.2f}M loss={loss.item():.3f} lb={lb.item():.3f} fo={float(fo):.3f} gn={gn:.2f} lr={lr:.5f} "
              + " ".join(f"{n[:4]}={x:.2f}/{e:.0f}" for n, x, e in zip(names, dom, eff.mean(-1))) + f" used={ue.min():.1f}-{ue.max():.1f} bias={bi.min():.2f}..{bi.max():.2f} z={float(z):.2f}", flush=True)
        log.write(json.dumps(dict(step=step, sec=round(now - t0), tokens=seen, loss=loss.item(), domain={n: round(float(x), 4) for n, x in zip(names, dom)}, eff={n: round(float(e), 2) for n, e in zip(names, eff.mean(-1))}, used=[round(float(x), 2) for x in ue], balance=round(lb.item(), 4), focus=round(float(fo), 4))) + "\n"); log.flush()
        dl[:] = 0; last = now
        if now - last_eval > 600:
            r = evaluate(); print("  heldout ppl", {k: round(v, 2) for k, v in r.items()}, flush=True)
            torch.save(dict(model={k: v.clone() for k, v in m.state_dict().items()}, step=step, tokens=seen), a.out + ".tmp"); os.replace(a.out + ".tmp", a.out); last_eval = last = time.time()
    bar.wait()
if rank == 0:
    torch.save(dict(model={k: v.clone() for k, v in m.state_dict().items()}, step=step, tokens=seen), a.out)
    print("done", step, "steps", seen, "tokens; heldout ppl", {k: round(v, 2) for k, v in evaluate().items()}, flush=True)
