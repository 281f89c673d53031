#!/usr/bin/env python3
"""The inverse of export_deepseek2.py: read a GGUF file of the second sample model (F16 or F32) into a torch checkpoint.
What the file cannot give back is the rounding to F16 of the matrices and the optimizer's state."""
import argparse, json, os, sys
import numpy as np, torch
import gguf
from deepseek2 import MoE, Config, ROUTER
p = argparse.ArgumentParser(); p.add_argument("gguf"); p.add_argument("--out", default="ckpt.pt"); p.add_argument("--step", type=int, default=2680); p.add_argument("--tokens", type=int, default=9_500_000)
a = p.parse_args(); c = Config(); m = MoE(c); sd = m.state_dict(); left = set(sd)
G = gguf.GGUFReader(a.gguf); T = {t.name: torch.from_numpy(np.array(t.data, dtype=np.float32)) for t in G.tensors}
num = lambda k: G.fields["deepseek2." + k].parts[-1][0]
assert (num("block_count"), num("embedding_length"), num("expert_count"), num("expert_used_count"), num("expert_group_count"), num("expert_group_used_count")) == (c.layers, c.dim, c.experts, c.top_k, c.groups, c.groups_used)
def put(name, *xs):
    """one parameter from one or more tensors stacked along the last axis but those of the file's order"""
    assert xs[0].shape == sd[name].shape, (name, xs[0].shape, sd[name].shape); sd[name].copy_(xs[0]); left.discard(name)
put("embed", T.pop("token_embd.weight")); put("norm", T.pop("output_norm.weight"))
for i in range(c.layers):
    g, o = lambda k: T.pop(f"blk.{i}.{k}"), f"blocks.{i}."
    for k in ("attn_norm", "ffn_norm"): put(o + k, g(k + ".weight"))
    put(o + "q_a_norm", g("attn_q_a_norm.weight")); put(o + "kv_a_norm", g("attn_kv_a_norm.weight"))
    put(o + "w_a", torch.cat((g("attn_q_a.weight"), g("attn_kv_a_mqa.weight")))); put(o + "w_qb", g("attn_q_b.weight"))
    put(o + "w_kb", g("attn_k_b.weight").transpose(1, 2).reshape(c.heads * c.nope, c.kv_lora)); put(o + "w_vb", g("attn_v_b.weight").reshape(c.heads * c.vdim, c.kv_lora))
    put(o + "wo", g("attn_output.weight")); s = "" if i < c.dense else "_shexp"
    put(o + "s_gu", torch.cat((g(f"ffn_gate{s}.weight"), g(f"ffn_up{s}.weight")))); put(o + "s_down", g(f"ffn_down{s}.weight"))
    if i < c.dense: continue
    put(o + "router", g("ffn_gate_inp.weight") / ROUTER); put(o + "bias", g("exp_probs_b.bias"))
    put(o + "w_gu", torch.cat((g("ffn_gate_exps.weight").transpose(1, 2), g("ffn_up_exps.weight").transpose(1, 2)), 2)); put(o + "w_down", g("ffn_down_exps.weight").transpose(1, 2))
assert not left and not T, (left, list(T))
torch.save(dict(model=sd, step=a.step, tokens=a.tokens), a.out); print(a.out, sum(x.numel() for x in m.parameters()), "parameters")
