#!/usr/bin/env python3
"""Train a sample MoE on CPU in bf16 autocast for a fixed number of tokens; resumable, and stoppable at any moment.

Two processes of one thread each share the parameters in memory: each takes half of the windows of a batch, then each updates half of the
parameters with the mean gradient.  The schedule goes by tokens, never by the clock, so a busy machine only takes longer.  Every --every minutes of
the clock everything needed to go on (weights, both halves of the optimizer's state, random state, counters) is written to OUT/step-N and OUT/latest is
turned to it; starting again with the same --out goes on from there.  SIGTERM to the first process (OUT/pid) writes such a checkpoint and ends.
SIGSTOP and SIGCONT to the process group pause it and let it go on.  OUT/final.pt is the trained model.

The rate of learning stays at its peak and falls in a straight line over the last part of the budget only, so that a run can be brought to a good end at any
time: a number of tokens written to OUT/finish makes the fall begin at once and end after that many."""
import argparse, ctypes, importlib, json, math, multiprocessing, os, shutil, signal, sys, time
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
import first_sample
import bpe
p = argparse.ArgumentParser()
p.add_argument("--decay", type=float, default=0.3, help="share of the budget over which the rate of learning falls to 3 %% (windows of 512 tokens in the middle of that part, of 1024 at its end)")
p.add_argument("--model", default="deepseek2", help="module with MoE and Config: deepseek2 or olmoe")
p.add_argument("--data", default="data"); p.add_argument("--out", required=True, help="folder of the run"); p.add_argument("--budget", type=float, required=True, help="tokens of this run")
p.add_argument("--init", help="checkpoint whose weights this run starts from"); p.add_argument("--resume", action="store_true", help="fail if there is nothing to go on from (going on is the default where OUT/latest exists)")
p.add_argument("--lr", type=float, default=1.5e-3); p.add_argument("--warmup", type=int, default=100); p.add_argument("--tokens", type=int, default=4096)
p.add_argument("--small", type=float, default=0.0, help="share of the budget with half the tokens per step")
p.add_argument("--balance", type=float, default=0.1, help="weight of the balance loss over the batch")
p.add_argument("--seq-balance", type=float, default=0.0, help="weight of the balance loss within a window (DeepSeek-V3's): share of each expert among the choices times its mean gate")
p.add_argument("--focus", type=float, default=0.0, help="weight of the per-window router entropy above log(focus_n)"); p.add_argument("--focus-n", type=float, default=12)
p.add_argument("--z", type=float, default=1e-4, help="weight of the squared router logits (sigmoid) or of the squared log of the sum of their exponentials (softmax)")
p.add_argument("--bias-rate", type=float, default=0.003, help="step of the selection bias, where the model has one; half of it while the rate of learning falls, none in the last quarter of that")
p.add_argument("--seed", type=int, default=7); p.add_argument("--every", type=float, default=10, help="minutes between checkpoints"); p.add_argument("--eval-every", type=float, default=1e6, help="tokens between held-out figures")
p.add_argument("--steps", type=int, help="stop after this many steps (trials)")
a = p.parse_args()
torch.set_num_threads(1); torch.manual_seed(a.seed); rng = np.random.default_rng(a.seed); os.makedirs(a.out, exist_ok=True)
M = importlib.import_module(a.model); c = M.Config(); m = M.MoE(c); dense = getattr(c, "dense", 0); L = c.layers - dense; BIAS = hasattr(m.blocks[dense], "bias"); SOFT = not BIAS
WEIGHT = dict(math=2.2, python=2.2, biomed=1.3, drama=1.2, japanese=2.2, french=2.2, typescript=1.9, manual=2.2)
names = sorted(WEIGHT); streams = {n: np.fromfile(f"{a.data}/train/{n}.bin", dtype=np.uint16) for n in names}
cum = np.cumsum([WEIGHT[n] for n in names]); cum = cum / cum[-1]; cumw = np.diff(cum, prepend=0)
step = seen = 0; cpu0 = 0.0; latest = None; state = None
if os.path.exists(f"{a.out}/latest"): latest = open(f"{a.out}/latest").read().strip()
if latest:
    ck = torch.load(f"{a.out}/{latest}/model.pt", weights_only=True); state = torch.load(f"{a.out}/{latest}/state.pt", weights_only=False)
    m.load_state_dict(ck["model"]); step, seen, step0, seen0, cpu0 = ck["step"], ck["tokens"], state["step0"], state["seen0"], state["cpu"]; plan = state["plan"]
    print("going on from", latest, "tokens", seen, flush=True)
elif a.resume: sys.exit("nothing to go on from")
else:
    if a.init: ck = torch.load(a.init, weights_only=True); m.load_state_dict(ck["model"]); step, seen = ck["step"], ck["tokens"]
    step0, seen0 = step, seen; plan = [(1 - a.decay) * a.budget, a.budget]     # tokens of this run at which the rate begins to fall, and at which it ends
print("parameters", sum(x.numel() for x in m.parameters()), "tokens", {n: len(s) for n, s in streams.items()}, vars(a), flush=True)

# ---- parameters and gradients in shared memory; matrices (with weight decay) in front
ps = sorted(m.parameters(), key=lambda x: x.ndim < 2); n2 = sum(x.numel() for x in ps if x.ndim >= 2); N = sum(x.numel() for x in ps)
shared = lambda *s: torch.zeros(*s).share_memory_()
flat, grads, o = shared(N), [shared(N), shared(N)], 0; offs = []
for x in ps: flat[o:o + x.numel()] = x.data.view(-1); x.data = flat[o:o + x.numel()].view_as(x); offs.append((o, o + x.numel())); o += x.numel()
if BIAS:
    for b in m.blocks[dense:]: b.bias.share_memory_()
load, rout, sq, cpu = shared(2, L, c.experts), shared(2, L, c.experts), shared(2), shared(2)      # expert loads, mean router distributions, gradient norms, processor seconds
ctl = torch.zeros(3, dtype=torch.float64).share_memory_()                                                                                   # [0]: write a checkpoint now, [1]: stop, [2]: tokens to finish in, from now
ema = torch.full((L, c.experts), 1 / c.experts) if state is None else state["ema"]
bar = multiprocessing.get_context("fork").Barrier(2)
open(f"{a.out}/pid", "w").write(str(os.getpid()))
parent = os.getpid(); rank = 0 if os.fork() else 1
term, finished = [], []
if rank == 1: ctypes.CDLL(None).prctl(1, signal.SIGKILL)                            # neither of the two waits for the other's ghost
else: signal.signal(signal.SIGCHLD, lambda *_: None if finished or os.waitpid(-1, os.WNOHANG)[0] == 0 else (print("the second process died", flush=True), os._exit(4)))
signal.signal(signal.SIGTERM, (lambda *_: term.append(1)) if rank == 0 else signal.SIG_IGN)
lo, hi = ((0, N // 2), (N // 2, N))[rank]
mine = [nn.Parameter(flat[lo:min(hi, n2)])] + ([nn.Parameter(flat[n2:hi])] if hi > n2 else [])
opt = torch.optim.AdamW([dict(params=mine[:1], weight_decay=0.1)] + ([dict(params=mine[1:], weight_decay=0.0)] if hi > n2 else []), lr=a.lr, betas=(0.9, 0.95), fused=True)
freq = np.zeros((len(names), L, c.experts)); dl = np.zeros((len(names), 2))
if latest:
    opt.load_state_dict(torch.load(f"{a.out}/{latest}/opt{rank}.pt", weights_only=True)); rng.bit_generator.state = state["rng"]; freq = state["freq"][rank]
tok = bpe.BPE(f"{a.data}/tokenizer.json")
held = {n: np.array([0] + tok.encode(open(f"{a.data}/heldout/{n}.txt", encoding="utf-8").read()[:14000]))[:2048] for n in names}

def batch(B, T):
    """B windows of T+1 tokens, each from one domain; the domains are drawn by systematic sampling; each window starts with <|endoftext|>.  Both processes draw the same and take every other window"""
    u = (np.arange(B) + rng.random()) / B
    ds = np.searchsorted(cum, u); X = np.empty((B, T + 1), dtype=np.int64); off = rng.integers(0, 2)
    for i, d in enumerate(ds):
        s = streams[names[d]]; o = rng.integers(0, len(s) - T - 1); X[i] = s[o:o + T + 1]
    X[:, 0] = 0; k = (rank + off) % 2                            # which half is whose changes, so that the printed figures of the first process see every domain
    return torch.from_numpy(X[k::2].copy()), ds[k::2]

@torch.no_grad()
def evaluate():
    m.eval(); r = {}
    for n, ids in held.items():
        x = torch.from_numpy(ids[: len(ids) // 256 * 256]).view(-1, 256).clone(); x[:, 0] = 0
        with torch.autocast("cpu", dtype=torch.bfloat16): lg = m(x)
        r[n] = round(math.exp(F.cross_entropy(lg[:, :-1].reshape(-1, c.vocab).float(), x[:, 1:].reshape(-1)).item()), 2)
    m.train(); return r

def save():
    """both processes; everything is written under another name first"""
    d = f"{a.out}/step-{step}"; os.makedirs(d, exist_ok=True); torch.save(opt.state_dict(), f"{d}/opt{rank}.pt"); np.save(f"{d}/freq{rank}.npy", freq); bar.wait()
    if rank == 0:
        torch.save(dict(model={k: v.clone() for k, v in m.state_dict().items()}, step=step, tokens=seen), f"{d}/model.pt")
        torch.save(dict(plan=plan, step0=step0, seen0=seen0, rng=rng.bit_generator.state, ema=ema, cpu=cpu0 + cpu.sum().item(), freq=[np.load(f"{d}/freq{r}.npy") for r in (0, 1)], args=vars(a)), f"{d}/state.pt")
        open(f"{a.out}/latest.tmp", "w").write(f"step-{step}"); os.replace(f"{a.out}/latest.tmp", f"{a.out}/latest")
        for o in os.listdir(a.out):
            if o.startswith("step-") and o != f"step-{step}": shutil.rmtree(f"{a.out}/{o}", ignore_errors=True)
    bar.wait()

t0 = last_save = last = time.time(); lastseen = seen; next_eval = (seen - seen0) // a.eval_every * a.eval_every + a.eval_every; first_step = step; c_last = 0.0
if rank == 0: log = open(f"{a.out}/log.jsonl", "a")
while True:
    if ctl[2] > 0: plan = [seen - seen0, seen - seen0 + ctl[2].item()]
    fr = (seen - seen0) / plan[1]; fd = min(1, max(0, (seen - seen0 - plan[0]) / (plan[1] - plan[0])))     # share of the whole run, and of its last part
    if ctl[0] > 0:
        save()
        if ctl[1] > 0: break
    if fr >= 1 or (a.steps and step - first_step >= a.steps): break
    T = 256 if fd < 0.4 else 512 if fd < 0.8 else 1024
    n = a.tokens // (2 if fr < a.small else 1); B = n // T if T < 1024 else n * 3 // 2 // T
    lr = a.lr * min(1, (step - step0 + 1) / a.warmup) * (1 - 0.97 * fd)
    for g in opt.param_groups: g["lr"] = lr
    X, ds = batch(B, T); b = len(ds); aux = []
    with torch.autocast("cpu", dtype=torch.bfloat16): loss, ce = m(X[:, :-1], aux=aux, targets=X[:, 1:])
    ce = ce.view(b, T); lb = fo = sb = z = torch.zeros(())
    for l, (idx, rl, cnt) in enumerate(aux):
        with torch.no_grad():
            f = torch.zeros(b, c.experts).scatter_add_(1, idx.view(b, -1), torch.full((b, T * c.top_k), 1.0 / (T * c.top_k)))     # (b,E) share of each expert in the choices of a window
            for i, d in enumerate(ds): freq[d, l] = 0.98 * freq[d, l] + 0.02 * f[i].numpy()
        q = rl.softmax(-1).view(b, T, -1).mean(1); qm = q.mean(0)                                  # router distribution of each window
        if BIAS: lb = lb + c.experts * (ema[l] * qm).sum()                                          # price of an expert: its mean share of late; 1 when all are used alike
        else: lb = lb + c.experts * (f.mean(0) * qm).sum()                                          # Switch style: share of the choices of this batch times mean probability
        if a.focus: H = -(q * (q + 1e-9).log()).sum(-1); fo = fo + F.relu(H - math.log(a.focus_n)).mean()
        if a.seq_balance:
            g = rl.sigmoid() if BIAS else rl.softmax(-1); g = (g / g.sum(-1, keepdim=True)).view(b, T, -1).mean(1); sb = sb + c.experts * (f * g).sum(-1).mean()
        z = z + (rl.logsumexp(-1) if SOFT else rl).square().mean()
        load[rank, l] = cnt; rout[rank, l] = qm.detach()
    lb, fo, sb, z = lb / L, fo / L, sb / L, z / L
    for (o, e), g in zip(offs, torch.autograd.grad(loss + a.balance * lb + a.focus * fo + a.seq_balance * sb + a.z * z, ps)): grads[rank][o:e] = g.view(-1)
    bar.wait()
    ema.mul_(0.9).add_(rout.mean(0), alpha=0.1)
    if rank == 0:
        if BIAS:                                             # selection bias: up for experts with less than the mean load of the batch, down for the others
            n = load.sum(0); d = a.bias_rate * (1 if fd == 0 else 0.5 if fd < 0.75 else 0) * torch.sign(n.mean(-1, keepdim=True) - n)
            for k, blk in enumerate(m.blocks[dense:]): blk.bias += d[k]
        ctl[1] = len(term); due = time.time() - last_save > a.every * 60; ctl[0] = int(due or bool(term))
        if due: last_save = time.time()
        ctl[2] = 0
        if os.path.exists(f"{a.out}/finish"):
            try: ctl[2] = float(open(f"{a.out}/finish").read())
            except ValueError: pass
            os.rename(f"{a.out}/finish", f"{a.out}/finish.taken"); print("finishing in", ctl[2].item(), "tokens", flush=True)
    gr = grads[rank][lo:hi]; gr.add_(grads[1 - rank][lo:hi]).mul_(0.5); sq[rank] = gr.square().sum()
    bar.wait()
    gn = sq.sum().sqrt().item()
    if gn > 1: gr.mul_(1 / gn)
    o = lo
    for x in mine: x.grad = gr[o - lo:o - lo + x.numel()]; o += x.numel()
    opt.step(); cpu[rank] = time.process_time(); bar.wait()
    step += 1; seen += B * T
    for i, d in enumerate(ds): dl[d] += (ce[i].mean().item(), 1)
    if (step % 25 == 0 or a.steps) and rank == 0:
        now = time.time(); q = freq / np.maximum(freq.sum(-1, keepdims=True), 1e-9); ct = cpu.sum().item()
        eff = np.exp(-(q * np.log(q + 1e-12)).sum(-1)); dom = dl[:, 0] / np.maximum(dl[:, 1], 1)
        u = (q * cumw[:, None, None]).sum(0); ue = np.exp(-(u * np.log(u + 1e-12)).sum(-1))
        print(f"{step} {100 * fr:.1f}%{'' if not fd else ' falling'} T={T} {(seen - lastseen) / (now - last):.0f} tok/s {(seen - lastseen) / max(1e-9, ct - c_last):.0f} tok/cpu-s tok={seen/1e6:.2f}M loss={loss.item():.3f} lb={lb.item():.3f} sb={sb.item():.2f} fo={fo.item():.3f} gn={gn:.2f} lr={lr:.5f} "
              + " ".join(f"{n[:4]}={x:.2f}/{e:.0f}" for n, x, e in zip(names, dom, eff.mean(-1))) + f" used={ue.min():.1f}-{ue.max():.1f} z={z.item():.2f}", flush=True)
        log.write(json.dumps(dict(step=step, sec=round(now - t0), cpu=round(cpu0 + ct), tokens=seen, loss=round(loss.item(), 4), domain={n: round(float(x), 4) for n, x, k in zip(names, dom, dl[:, 1]) if k}, eff={n: [round(float(y), 1) for y in e] for n, e in zip(names, eff)},
                                  used=[round(float(x), 2) for x in ue], balance=round(lb.item(), 4), seq=round(sb.item(), 4), focus=round(fo.item(), 4))) + "\n"); log.flush()
        dl[:] = 0; last = now; lastseen = seen; c_last = ct
    if seen - seen0 >= next_eval:
        next_eval += a.eval_every
        if rank == 0:
            r = evaluate(); print("  heldout ppl", r, flush=True); log.write(json.dumps(dict(step=step, tokens=seen, heldout=r)) + "\n"); log.flush()
    if (seen - seen0) >= plan[1] or ctl[1] > 0 or (a.steps and step - first_step >= a.steps): finished.append(1)
    bar.wait()
if rank == 0:
    done = fr >= 1
    if done: torch.save(dict(model={k: v.clone() for k, v in m.state_dict().items()}, step=step, tokens=seen), f"{a.out}/final.pt")
    print("done" if done else "stopped", step, "steps", seen, "tokens, processor seconds", round(cpu0 + cpu.sum().item()), "; heldout ppl", evaluate() if done else "", flush=True)
    os.remove(f"{a.out}/pid")
    if not done: sys.exit(3)
