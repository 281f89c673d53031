#!/usr/bin/env python3
"""Write a checkpoint of olmoe.py as GGUF, architecture olmoe (F16 matrices, F32 norms and routers).  Needs gguf-py from llama.cpp on PYTHONPATH."""
import argparse, json, os, sys
import numpy as np, torch
import gguf
import first_sample
from gguf_parts import add_tokenizer
from olmoe import MoE, Config
p = argparse.ArgumentParser(); p.add_argument("--ckpt", default="final.pt"); p.add_argument("--data", default="data"); p.add_argument("--out", default="winnow-sample3-F16.gguf"); p.add_argument("--name", default="Winnow Sample 3 27M")
p.add_argument("--keep", help="e.g. 32:math writes the pruned model"); p.add_argument("--eval", default="eval.json")
p.add_argument("--random", action="store_true", help="an untrained model (see also --seed)"); p.add_argument("--seed", type=int, default=1); p.add_argument("--f32", action="store_true"); a = p.parse_args()
torch.manual_seed(a.seed); c = Config(); m = MoE(c)
if not a.random: m.load_state_dict(torch.load(a.ckpt, weights_only=True)["model"])
else:                                             # visible gate and norm effects for checking the export
    with torch.no_grad():
        m.embed.mul_(20)
        for b in m.blocks:
            for n, x in b.named_parameters():
                if n.endswith("norm"): x.copy_(1 + 0.2 * torch.randn_like(x))
                elif n == "router": x.mul_(5)
                else: x.mul_(2)
    torch.save(dict(model=m.state_dict(), step=0, tokens=0), a.out + ".pt")
sd = {k: v.float().numpy() for k, v in m.state_dict().items()}
sel = None
if a.keep: n, d = a.keep.split(":"); sel = json.load(open(a.eval))["keep"][n][d]
E = len(sel[0]) if sel else c.experts
W = gguf.GGUFWriter(a.out, "olmoe")
W.add_name(a.name); W.add_type("model"); W.add_license("other"); W.add_size_label("27M")
W.add_string("general.license.name", "MIT weights; training texts under their own licences, see the data card")
W.add_description("Small really trained Mixture-of-Experts model of the OLMoE kind (2 blocks of 64 experts, top-8, weights not renormalised, 8 text domains): sample data for domain-specific expert pruning. Not for production use.")
W.add_author("Winnow sample"); W.add_version("1"); W.add_languages(["en", "fr", "ja"]); W.add_tags(["moe", "sample", "expert-pruning"])
W.add_context_length(c.ctx); W.add_embedding_length(c.dim); W.add_block_count(c.layers); W.add_feed_forward_length(c.ff)
W.add_head_count(c.heads); W.add_head_count_kv(c.heads); W.add_rope_freq_base(c.rope_base); W.add_rope_dimension_count(c.head_dim); W.add_layer_norm_rms_eps(c.eps)
W.add_expert_count(E); W.add_expert_used_count(c.top_k)
W.add_vocab_size(c.vocab); W.add_file_type(gguf.LlamaFileType.ALL_F32 if a.f32 else gguf.LlamaFileType.MOSTLY_F16)
add_tokenizer(W, a.data)
def add(name, x):
    x = np.ascontiguousarray(x); f32 = a.f32 or x.ndim == 1 or "ffn_gate_inp" in name
    W.add_tensor(name, x.astype(np.float32 if f32 else np.float16))
add("token_embd.weight", sd["embed"]); add("output_norm.weight", sd["norm"]); add("output.weight", sd["embed"])       # olmoe has an output table of its own
for i in range(c.layers):
    g, b = lambda k: sd[f"blocks.{i}.{k}"], f"blk.{i}."
    for k in ("attn_norm", "ffn_norm"): add(b + k + ".weight", g(k))
    for k, w in zip("qkv", np.split(g("wqkv"), 3)): add(b + f"attn_{k}.weight", w)
    add(b + "attn_q_norm.weight", g("q_norm")); add(b + "attn_k_norm.weight", g("k_norm")); add(b + "attn_output.weight", g("wo"))
    e = sel[i] if sel else slice(None); gu = g("w_gu")[e]
    add(b + "ffn_gate_inp.weight", g("router")[e])
    add(b + "ffn_gate_exps.weight", gu[:, :, :c.ff].transpose(0, 2, 1)); add(b + "ffn_up_exps.weight", gu[:, :, c.ff:].transpose(0, 2, 1)); add(b + "ffn_down_exps.weight", g("w_down")[e].transpose(0, 2, 1))
W.write_header_to_file(); W.write_kv_data_to_file(); W.write_tensors_to_file(); W.close()
print(a.out, os.path.getsize(a.out))
