#!/usr/bin/env python3
"""Write one uint16 token stream per domain (documents separated by <|endoftext|>) with the first sample's tokenizer, read from its GGUF file."""
import argparse, json, os, random, sys
import numpy as np
HERE = os.path.dirname(os.path.abspath(__file__)); sys.path[:0] = [HERE, os.path.join(HERE, "../../../resources/sample/train")]
import bpe
p = argparse.ArgumentParser(); p.add_argument("--data", default="data"); p.add_argument("--gguf", required=True, help="the first sample's GGUF file"); a = p.parse_args()
rows = {f[:-6]: [json.loads(l) for l in open(f"{a.data}/train/{f}", encoding="utf-8")] for f in sorted(os.listdir(f"{a.data}/train")) if f.endswith(".jsonl")}
plain = lambda d: d["text"] if "text" in d else d["prompt"] + "\n" + d["response"]
import gguf
g = gguf.GGUFReader(a.gguf); field = lambda k: [bytes(g.fields[k].parts[i]).decode() for i in g.fields[k].data]
json.dump({"vocab": field("tokenizer.ggml.tokens"), "merges": field("tokenizer.ggml.merges")}, open(f"{a.data}/tokenizer.json", "w", encoding="utf-8"), ensure_ascii=False)
tok = bpe.BPE(f"{a.data}/tokenizer.json")
for n, ds in rows.items():
    r, ids, nb = random.Random(2), [], 0
    for d in ds:
        t = plain(d); nb += len(t.encode())
        # problems are seen both as plain text and as a ChatML exchange; abstracts now and then as question -> conclusion
        if n == "math": x = tok.chat(d["prompt"], d["response"]) if r.random() < .5 else tok.encode(t)
        elif n == "biomed" and r.random() < .25: x = tok.encode(t) + [0] + tok.chat(d["prompt"], d["response"])
        else: x = tok.encode(t)
        ids += [0] + x
    np.array(ids, dtype=np.uint16).tofile(f"{a.data}/train/{n}.bin")
    print(f"{n}: {len(ids)} tokens, {nb/len(ids):.2f} bytes/token", flush=True)
