#!/usr/bin/env python3
"""EASY-EP scoring and pruning tables for the second and the third sample model (masked experts, in torch); half and a quarter of the experts are kept.

expert score = sum over demo tokens of  gate weight * ||expert output||_2 * max(1 - cos(x, x + routed output), 0)
with x the residual stream before the expert block and the shared expert left out; the best `keep` experts of each layer stay.
Where the model has groups: "ungrouped": the best of the whole layer, routed without the limit to two groups; "balanced": the best keep/4 of each group, routed with it.
Perplexity follows llama-perplexity: windows of 512 tokens, first token replaced by BOS, second half scored."""
import argparse, importlib, json, math, multiprocessing, os, sys, time
import numpy as np, torch, torch.nn.functional as F
import first_sample
import bpe
p = argparse.ArgumentParser(); p.add_argument("--model", default="deepseek2", help="deepseek2 or olmoe"); p.add_argument("--ckpt", default="ckpt.pt"); p.add_argument("--data", default="data"); p.add_argument("--out", default="eval.json")
p.add_argument("--ctx", type=int, default=512); p.add_argument("--windows", type=int, default=8, help="held-out windows per domain in the pruning tables"); p.add_argument("--procs", type=int, default=2)
a = p.parse_args(); torch.set_num_threads(1); torch.manual_seed(0)
M = importlib.import_module(a.model); c = M.Config(); m = M.MoE(c); ck = torch.load(a.ckpt, weights_only=True); m.load_state_dict(ck["model"]); m.eval()
tok = bpe.BPE(f"{a.data}/tokenizer.json")
D = ["math", "python", "biomed", "drama", "japanese", "french", "typescript", "manual"]
dense, G = getattr(c, "dense", 0), getattr(c, "groups", 1); L, E = c.layers - dense, c.experts; KEEP = (E // 2, E // 4); kw = lambda grouped: dict(grouped=grouped) if G > 1 else {}
def windows(text, n=None):
    ids = np.array([0] + tok.encode(text)); k = len(ids) // a.ctx; w = ids[:k * a.ctx].reshape(k, a.ctx).copy(); w[:, 0] = 0
    return torch.from_numpy(w[:n] if n else w)
@torch.no_grad()
def ppl(w, masks=None, f32=False, grouped=True):
    s = n = 0; h = a.ctx // 2
    for i in range(0, len(w), 8):
        x = w[i:i + 8]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not f32): lg = m(x, masks=masks, **kw(grouped))
        ce = F.cross_entropy(lg[:, h:-1].reshape(-1, c.vocab).float(), x[:, h + 1:].reshape(-1), reduction="sum"); s += ce.item(); n += x[:, h + 1:].numel()
    return math.exp(s / n)
held = {d: open(f"{a.data}/heldout/{d}.txt", encoding="utf-8").read() for d in D}
W = {d: windows(held[d], a.windows) for d in D}; ALL = {d: windows(held[d]) for d in D}

# ---- per-demo statistics: (demo, layer, expert) for EASY-EP score, selection count, gate sum
@torch.no_grad()
def stats(d):
    rows = [json.loads(l) for l in open(f"{a.data}/demos/{d}.jsonl", encoding="utf-8")]
    ids = [([0] + (tok.chat(r["prompt"], r["response"]) if "prompt" in r else tok.encode(r["text"])))[: c.ctx] for r in rows]
    S = np.zeros((3, len(rows), L, E)); order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    for o in range(0, len(order), 8):                       # batches of demos of like length, padded on the right
        sel = order[o:o + 8]; n = max(len(ids[i]) for i in sel); B = len(sel)
        x = torch.zeros(B, n, dtype=torch.long); ok = torch.zeros(B, n, dtype=torch.bool)
        for j, i in enumerate(sel): x[j, :len(ids[i])] = torch.tensor(ids[i]); ok[j, :len(ids[i])] = True
        ok = ok.view(-1); base = torch.arange(B).repeat_interleave(n)[:, None] * E
        def mk(l):
            def hook(res, out, pr):
                imp = (1 - F.cosine_similarity(res.float(), res.float() + out.float(), dim=-1)).clamp(min=0) * ok
                z = lambda v: torch.zeros(B * E).scatter_add_(0, (base + pr["idx"]).reshape(-1), v.reshape(-1).float()).view(B, E).numpy()
                S[0, sel, l] = z(pr["w"] * pr["norm"] * imp[:, None]); S[1, sel, l] = z(ok[:, None].expand_as(pr["w"])); S[2, sel, l] = z(pr["w"] * ok[:, None])
            return hook
        with torch.autocast("cpu", dtype=torch.bfloat16): m(x, hooks=[mk(l) for l in range(L)])
    return S, sum(map(len, ids))
def top(score, keep):                       # (L,E) -> bool masks of the best of the whole layer
    o = np.argsort(-score, -1, kind="stable")[:, :keep]; mk = np.zeros((L, E), bool); np.put_along_axis(mk, o, True, -1); return mk
def topb(score, keep):                      # the same number in every group
    s = score.reshape(L, G, E // G); o = np.argsort(-s, -1, kind="stable")[..., :keep // G]; mk = np.zeros_like(s, bool); np.put_along_axis(mk, o, True, -1); return mk.reshape(L, E)
T = lambda mk: [torch.from_numpy(x) for x in mk]
ST, NT = {}, {}
score = lambda d, kind, n=40: ST[d][kind, :n].sum(0)
mixed = lambda kind: sum(score(d, kind) / score(d, kind).sum(-1, keepdims=True) for d in D)     # every domain counts equally
rnd = lambda seed: np.random.default_rng(seed).random((L, E))
t0 = time.time()

def row(job):
    keep, d = job
    u = lambda s: ppl(W[d], T(top(s, keep)), grouped=False); b = lambda s: ppl(W[d], T(topb(s, keep)))
    r = dict(full=ppl(W[d]), easyep=u(score(d, 0)), freq=u(score(d, 1)), gate=u(score(d, 2)), mix_easyep=u(mixed(0)))
    oth = {o: u(score(o, 0)) for o in D if o != d}; rs = [u(rnd(s)) for s in (1, 2, 3)]
    r.update(easyep_other=float(np.mean(list(oth.values()))), easyep_other_geo=math.exp(np.mean(np.log(list(oth.values())))), random=float(np.mean(rs)), random_all=rs)
    if G > 1:
        rb = [b(rnd(s)) for s in (1, 2, 3)]
        r.update(bal_easyep=b(score(d, 0)), bal_freq=b(score(d, 1)), bal_random=float(np.mean(rb)))
    print(keep, d, {k: (round(v, 2) if not isinstance(v, list) else [round(x, 1) for x in v]) for k, v in r.items()}, f"{time.time()-t0:.0f}s", flush=True)
    return keep, d, r, oth
def whole(d): return d, ppl(ALL[d][:8], f32=True), ppl(W[d], grouped=False), len(ALL[d]), ppl(ALL[d])

if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    with fork.Pool(a.procs) as pool: res = pool.map(stats, D, 1)
    for d, (s, n) in zip(D, res): ST[d], NT[d] = s, n
    print(f"demo statistics {time.time()-t0:.0f}s", NT, flush=True)
    R = dict(step=ck["step"], tokens=ck["tokens"], demo_tokens=NT, windows=a.windows, table={}, jaccard={}, convergence={}, effective_experts={}, cross={})
    for d in D:
        q = score(d, 1); q = q / q.sum(-1, keepdims=True); R["effective_experts"][d] = [round(float(x), 2) for x in np.exp(-(q * np.log(q + 1e-12)).sum(-1))]
    u = sum(score(d, 1) / score(d, 1).sum(-1, keepdims=True) for d in D) / len(D); R["effective_all"] = [round(float(x), 2) for x in np.exp(-(u * np.log(u + 1e-12)).sum(-1))]
    if hasattr(m.blocks[-1], "bias"): R["bias_range"] = [[round(float(b.bias.min()), 3), round(float(b.bias.max()), 3)] for b in m.blocks[dense:]]
    print("effective experts", R["effective_experts"], "all", R["effective_all"], flush=True)
    ov = lambda A, B: float((A & B).sum() / A.sum()); jac = lambda A, B: float(np.mean([(x & y).sum() / (x | y).sum() for x, y in zip(A, B)]))
    for keep in KEEP:
        K = {d: top(score(d, 0), keep) for d in D}
        R["jaccard"][str(keep)] = {d: {o: round(jac(K[d], K[o]), 3) for o in D} for d in D}
        R["convergence"][str(keep)] = {d: {**{n: round(float(np.mean([ov(top(ST[d][0, i:i + n].sum(0), keep), K[d]) for i in range(0, 40 - n + 1, n)])), 3) for n in (1, 2, 5, 10, 20)},
            "freq": round(ov(top(score(d, 1), keep), K[d]), 3), "gate": round(ov(top(score(d, 2), keep), K[d]), 3)} for d in D}
    R["keep"] = {str(k): {d: [np.flatnonzero(x).tolist() for x in top(score(d, 0), k)] for d in D} for k in KEEP}
    if G > 1: R["keep_balanced"] = {str(k): {d: [np.flatnonzero(x).tolist() for x in topb(score(d, 0), k)] for d in D} for k in KEEP}
    json.dump(R, open(a.out, "w"), indent=1)
    with fork.Pool(a.procs) as pool:
        w = pool.map_async(whole, D, 1); r = pool.map_async(row, [(k, d) for k in KEEP for d in D], 1)
        for i, k in enumerate(("ppl_full_f32_8", "ppl_full_ungrouped", "heldout_windows", "ppl_full_all"), 1): R[k] = {x[0]: x[i] for x in w.get()}; print(k, R[k], flush=True)
        for keep, d, x, oth in r.get(): R["table"].setdefault(str(keep), {})[d] = x; R["cross"].setdefault(str(keep), {})[d] = oth
    json.dump(R, open(a.out, "w"), indent=1); print(f"done {time.time()-t0:.0f}s")
