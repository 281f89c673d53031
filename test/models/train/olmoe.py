"""A small Mixture-of-Experts transformer that matches llama.cpp's `olmoe` graph: RMS norm, full multi-head attention with a norm over the
whole width of queries and keys, NEOX rotary embedding, in every block 64 SwiGLU experts of which 8 are used, softmax over all experts and the
weights of the 8 best taken as they are (not divided by their sum).  Input and output embedding are tied here (the file holds the table twice)."""
import math
from dataclasses import dataclass
import torch, torch.nn as nn, torch.nn.functional as F
import first_sample
from model import Dispatch, Collect, GroupedMM, TiedLoss, PAD, attention, rms

@dataclass
class Config:
    vocab: int = 4096
    layers: int = 2
    dim: int = 256
    heads: int = 4
    head_dim: int = 64
    experts: int = 64
    top_k: int = 8
    ff: int = 256
    ctx: int = 1024
    rope_base: float = 10000.0
    eps: float = 1e-5

class Block(nn.Module):
    def __init__(s, c):
        super().__init__(); s.c = c
        P = lambda *sh, std: nn.Parameter(torch.randn(*sh) * std)
        si, res = 0.5 / math.sqrt(c.dim), 1 / math.sqrt(2 * c.layers); ones = lambda n: nn.Parameter(torch.ones(n))
        s.attn_norm, s.ffn_norm, s.q_norm, s.k_norm = ones(c.dim), ones(c.dim), ones(c.dim), ones(c.dim)
        s.wqkv = P(3 * c.dim, c.dim, std=si); s.wo = P(c.dim, c.dim, std=si * res)
        s.router = P(c.experts, c.dim, std=0.02)
        s.w_gu = P(c.experts, c.dim, 2 * c.ff, std=si)                             # gate | up, (in, out) layout
        s.w_down = P(c.experts, c.ff, c.dim, std=0.5 / math.sqrt(c.ff) * res * 4)  # the weights of the 8 add up to an eighth at first

    def attn(s, x, cos, sin):
        c = s.c; B, T, _ = x.shape
        q, k, v = F.linear(x, s.wqkv).chunk(3, -1)
        h = lambda t: t.reshape(B, T, c.heads, c.head_dim).transpose(1, 2)
        def rot(t):                                                                # (B,h,T,hd), first half against second half
            a, b = t.chunk(2, -1); return torch.cat((a * cos - b * sin, b * cos + a * sin), -1).to(v.dtype).reshape(B * c.heads, T, c.head_dim)
        q, k = rot(h(rms(q.float(), s.q_norm, c.eps))), rot(h(rms(k.float(), s.k_norm, c.eps)))
        mask = torch.full((T, T), float("-inf"), dtype=v.dtype).triu(1)
        y = attention(q, k, h(v).reshape(B * c.heads, T, c.head_dim), mask).view(B, c.heads, T, c.head_dim)
        return F.linear(y.transpose(1, 2).reshape(B, T, -1), s.wo)

    def moe(s, h, mask=None, probe=None):
        """h: normalised input (N,D) f32.  mask: (E,) bool of kept experts.  Returns the routed output, ids, router logits and counts"""
        c = s.c
        with torch.autocast("cpu", enabled=False):
            logits = F.linear(h, s.router); p = (logits if mask is None else logits.masked_fill(~mask, float("-inf"))).softmax(-1)
            w, idx = p.topk(min(c.top_k, int(mask.sum()) if mask is not None else c.top_k), -1)
        k = idx.shape[1]; flat = idx.reshape(-1); nk = flat.numel(); order = flat.argsort(stable=True)
        cnt = torch.bincount(flat, minlength=c.experts); pad = (cnt + PAD - 1) // PAD * PAD
        slot_sorted = torch.arange(nk) + ((pad.cumsum(0) - pad) - (cnt.cumsum(0) - cnt))[flat[order]]
        slot = torch.empty_like(order); slot[order] = slot_sorted
        src_choice = torch.full((int(pad.sum()),), nk); src_choice[slot_sorted] = order
        src = (src_choice // k).clamp_(max=h.shape[0] - 1); counts = pad.tolist()
        dt = torch.bfloat16 if torch.is_autocast_enabled("cpu") else h.dtype
        with torch.autocast("cpu", enabled=False):
            g, u = GroupedMM.apply(Dispatch.apply(h.to(dt), src, slot, k), s.w_gu.to(dt), counts).chunk(2, -1)
            y = Collect.apply(GroupedMM.apply(F.silu(g) * u, s.w_down.to(dt), counts), slot, src_choice).view(-1, k, c.dim)
            if probe is not None: probe(idx, w, y)
            out = torch.bmm(w.to(dt).unsqueeze(1), y).squeeze(1)
        return out, idx, logits, cnt

    def forward(s, x, cos, sin, mask=None, hook=None):
        B, T, D = x.shape
        x = x + s.attn(rms(x, s.attn_norm, s.c.eps), cos, sin)
        pr = {} if hook else None
        out, idx, logits, cnt = s.moe(rms(x, s.ffn_norm, s.c.eps).view(-1, D), mask, (lambda i, w, y: pr.update(idx=i, w=w, norm=y.float().norm(dim=-1))) if hook else None)
        if hook: hook(x.view(-1, D), out, pr)
        return x + out.view(B, T, D), (idx, logits, cnt)

class MoE(nn.Module):
    def __init__(s, c):
        super().__init__(); s.c = c
        s.embed = nn.Parameter(torch.randn(c.vocab, c.dim) * 0.02)
        s.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        s.norm = nn.Parameter(torch.ones(c.dim))
        a = torch.outer(torch.arange(c.ctx).float(), c.rope_base ** (-torch.arange(0, c.head_dim, 2).float() / c.head_dim))
        s.register_buffer("cos", a.cos(), persistent=False); s.register_buffer("sin", a.sin(), persistent=False)

    def forward(s, ids, masks=None, hooks=None, aux=None, targets=None):
        T = ids.shape[1]; x = F.embedding(ids, s.embed)
        for i, b in enumerate(s.blocks):
            x, r = b(x, s.cos[:T], s.sin[:T], None if masks is None else masks[i], None if hooks is None else hooks[i])
            if aux is not None: aux.append(r)
        x = rms(x, s.norm, s.c.eps)
        if targets is not None: return TiedLoss.apply(x.view(-1, s.c.dim), s.embed, targets.reshape(-1))
        return F.linear(x, s.embed)
