#!/usr/bin/env python3
"""Perplexity in torch F32 of the first windows of 512 tokens of a text (BOS first, second halves scored), as llama-perplexity -c 512 --no-escape gives it: torch_ppl.py MODULE CKPT TEXT WINDOWS"""
import importlib, json, math, os, sys
import numpy as np, torch, torch.nn.functional as F
import first_sample
import bpe
mod, ckpt, text, n = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]); torch.set_num_threads(1)
M = importlib.import_module(mod); m = M.MoE(M.Config()); m.load_state_dict(torch.load(ckpt, weights_only=True)["model"]); m.eval()
tok = bpe.BPE(os.environ.get("DATA", "data") + "/tokenizer.json"); ids = np.array([0] + tok.encode(open(text, encoding="utf-8").read())); w = torch.from_numpy(ids[:n * 512].reshape(n, 512).copy()); w[:, 0] = 0; s = k = 0
for i in range(n):
    with torch.no_grad(): s += F.cross_entropy(m(w[i:i + 1])[:, 256:-1].reshape(-1, M.Config().vocab), w[i:i + 1, 257:].reshape(-1), reduction="sum").item(); k += 255
    print(f"[{i + 1}]{math.exp(s / k):.4f} ({s / k:.6f})", end=" ", flush=True)
print()
