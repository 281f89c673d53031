#!/usr/bin/env python3
"""Write the trained checkpoint as GGUF, architecture deepseek2 (F16 matrices, F32 norms, routers and selection biases).  Needs gguf-py from llama.cpp on PYTHONPATH."""
import argparse, json, os, sys
import numpy as np, torch
import gguf
import first_sample
from gguf_parts import add_tokenizer
from deepseek2 import MoE, Config, ROUTER
p = argparse.ArgumentParser(); p.add_argument("--ckpt", default="ckpt.pt"); p.add_argument("--data", default="data"); p.add_argument("--out", default="winnow-sample2-F16.gguf")
p.add_argument("--keep", help="e.g. 16:math writes the pruned model, routed without groups; 16:math:balanced keeps the groups"); p.add_argument("--eval", default="eval.json")
p.add_argument("--random", action="store_true", help="an untrained model (see also --seed)"); p.add_argument("--seed", type=int, default=1); p.add_argument("--f32", action="store_true"); a = p.parse_args()
torch.manual_seed(a.seed); c = Config(); m = MoE(c)
if not a.random: m.load_state_dict(torch.load(a.ckpt, weights_only=True)["model"])
else:                                             # visible gate, bias and norm effects for checking the export
    with torch.no_grad():
        m.embed.mul_(20)
        for b in m.blocks:
            for n, x in b.named_parameters():
                if n.endswith("norm"): x.copy_(1 + 0.2 * torch.randn_like(x))
                elif n == "router": x.mul_(5)
                else: x.mul_(2)
            if not b.dense: b.bias.normal_(std=0.2)
    torch.save(dict(model=m.state_dict(), step=0, tokens=0), a.out + ".pt")
sd = {k: v.float().numpy() for k, v in m.state_dict().items()}
sel, balanced = None, False
if a.keep:
    n, d, *b = a.keep.split(":"); balanced = bool(b); sel = json.load(open(a.eval))["keep_balanced" if balanced else "keep"][n][d]
E = len(sel[0]) if sel else c.experts
W = gguf.GGUFWriter(a.out, "deepseek2")
W.add_name("Winnow Sample 2 29M"); W.add_type("model"); W.add_license("other"); W.add_size_label("29M")
W.add_string("general.license.name", "MIT weights; training texts under their own licences, see the data card")
W.add_description("Small really trained Mixture-of-Experts model of the DeepSeek-V3 kind (5 blocks, 4 of them with 32 experts, top-4 in 2 of 4 groups, 1 shared expert, 8 text domains): sample data for domain-specific expert pruning. Not for production use.")
W.add_author("Winnow sample"); W.add_version("2"); W.add_languages(["en", "fr", "ja"]); W.add_tags(["moe", "sample", "expert-pruning"])
W.add_context_length(c.ctx); W.add_embedding_length(c.dim); W.add_block_count(c.layers); W.add_feed_forward_length(c.ff_dense)
W.add_head_count(c.heads); W.add_head_count_kv(1)                        # MLA in llama.cpp: one key/value head of compressed values
W.add_q_lora_rank(c.q_lora); W.add_kv_lora_rank(c.kv_lora)
W.add_key_length(c.kv_lora + c.rope); W.add_value_length(c.kv_lora); W.add_key_length_mla(c.nope + c.rope); W.add_value_length_mla(c.vdim)
W.add_rope_freq_base(c.rope_base); W.add_rope_dimension_count(c.rope); W.add_layer_norm_rms_eps(c.eps)
W.add_leading_dense_block_count(c.dense); W.add_expert_count(E); W.add_expert_used_count(c.top_k); W.add_expert_feed_forward_length(c.ff); W.add_expert_shared_count(1)
g = (c.groups, c.groups_used) if sel is None or balanced else (1, 1)
W.add_expert_group_count(g[0]); W.add_expert_group_used_count(g[1])
W.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID); W.add_expert_weights_norm(True); W.add_expert_weights_scale(c.scale)
W.add_vocab_size(c.vocab); W.add_file_type(gguf.LlamaFileType.ALL_F32 if a.f32 else gguf.LlamaFileType.MOSTLY_F16)
add_tokenizer(W, a.data)
def add(name, x):
    x = np.ascontiguousarray(x); f32 = a.f32 or x.ndim == 1 or "ffn_gate_inp" in name
    W.add_tensor(name, x.astype(np.float32 if f32 else np.float16))
add("token_embd.weight", sd["embed"]); add("output_norm.weight", sd["norm"])
for i in range(c.layers):
    g, b = lambda k: sd[f"blocks.{i}.{k}"], f"blk.{i}."
    add(b + "attn_norm.weight", g("attn_norm"))
    w = g("w_a"); add(b + "attn_q_a.weight", w[:c.q_lora]); add(b + "attn_q_a_norm.weight", g("q_a_norm")); add(b + "attn_q_b.weight", g("w_qb"))
    add(b + "attn_kv_a_mqa.weight", w[c.q_lora:]); add(b + "attn_kv_a_norm.weight", g("kv_a_norm"))
    add(b + "attn_k_b.weight", g("w_kb").reshape(c.heads, c.nope, c.kv_lora).transpose(0, 2, 1)); add(b + "attn_v_b.weight", g("w_vb").reshape(c.heads, c.vdim, c.kv_lora))
    add(b + "attn_output.weight", g("wo")); add(b + "ffn_norm.weight", g("ffn_norm"))
    s = "" if i < c.dense else "_shexp"; w = g("s_gu"); h = w.shape[0] // 2
    add(b + f"ffn_gate{s}.weight", w[:h]); add(b + f"ffn_up{s}.weight", w[h:]); add(b + f"ffn_down{s}.weight", g("s_down"))
    if i < c.dense: continue
    e = sel[i - c.dense] if sel else slice(None)
    add(b + "ffn_gate_inp.weight", g("router")[e] * ROUTER); add(b + "exp_probs_b.bias", g("bias")[e])
    gu = g("w_gu")[e]                                                    # (E, dim, 2*ff)
    add(b + "ffn_gate_exps.weight", gu[:, :, :c.ff].transpose(0, 2, 1)); add(b + "ffn_up_exps.weight", gu[:, :, c.ff:].transpose(0, 2, 1))
    add(b + "ffn_down_exps.weight", g("w_down")[e].transpose(0, 2, 1))    # (E, dim, ff)
W.write_header_to_file(); W.write_kv_data_to_file(); W.write_tensors_to_file(); W.close()
print(a.out, os.path.getsize(a.out))
