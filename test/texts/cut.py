#!/usr/bin/env python3
"""Cut the report texts of python, japanese, french, typescript and manual: documents that no sample model was trained on, as far as can be known.

    cut.py --train DATA... --site-packages DIR --npm DIR --debs DIR [--man DIR] [--out DIR]

For each domain a pool of documents is made from sources outside the training text. Those with more than a tenth of their long lines in a training text, in
demos or in evaluation texts are passed over. As many as needed are drawn with a fixed seed, at most CAP from one package, and of each document one piece is
taken, of some 1200 characters. The draw's first part is left for choices; the report text is what follows. A document whose licence is not stated is passed
over there. Written are OUT/DOMAIN.txt, OUT/sources.json and the notices of the documents in OUT/licences."""
import argparse, collections, glob, gzip, json, os, random, re, sys

HERE = os.path.dirname(os.path.abspath(__file__)); SAMPLE = os.path.join(HERE, "..", "..", "resources", "sample")
sys.path.insert(0, os.path.join(SAMPLE, "train"))
from texts import FR, JA, clean, man_docs, pieces

p = argparse.ArgumentParser()
p.add_argument("--train", nargs="+", required=True, help="folders that prepare_data.py wrote: the training texts to keep away from")
p.add_argument("--site-packages", required=True, help="installed Python packages")
p.add_argument("--npm", required=True, help="unpacked npm packages, which no version of Winnow depends on")
p.add_argument("--debs", required=True, help="unpacked Debian packages: their usr/share/man, usr/share/doc, and PACKAGE_VERSION.list of the files of each")
p.add_argument("--man", default="/usr/share/man", help="with ja/ and fr/")
p.add_argument("--doc", default="/usr/share/doc", help="with manpages-fr-dev/copyright")
p.add_argument("--out", default=HERE)
a = p.parse_args()
BYTES, DOCS = 31_000, 30        # at least, of each part
CAP = dict(python=8, typescript=10, manual=12)

PYTHON = dict(networkx="BSD-3-Clause", sympy="BSD-3-Clause", flask="BSD-3-Clause", jinja2="BSD-3-Clause", click="BSD-3-Clause", attr="MIT", libcst="MIT", parso="MIT", jedi="MIT",
              prompt_toolkit="BSD-3-Clause", mpmath="BSD-3-Clause", trio="MIT OR Apache-2.0", werkzeug="BSD-3-Clause", jsonschema="MIT", pygments="BSD-2-Clause", graphql="MIT", IPython="BSD-3-Clause",
              py_partiql_parser="MIT", jsonpath_ng="Apache-2.0", docker="Apache-2.0")
DISTRIBUTION = dict(attr="attrs", graphql="graphql_core")
DEBIAN = {"lvm2": "GPL-2.0-only", "btrfs-progs": "GPL-2.0-only", "xfsprogs": "GPL-2.0-only", "smartmontools": "GPL-2.0-or-later", "mdadm": "GPL-2.0-or-later", "borgbackup": "BSD-3-Clause",
          "cryptsetup-bin": "GPL-2.0-or-later", "sox": "GPL-2.0-or-later OR LGPL-2.1-or-later", "graphviz": "EPL-1.0"}   # mtools: GFDL, left out
# What a page says of its licence in its comments.
STATED = [(r"LICENSE_START\((\S+?)\)", None), (r"SPDX-License-Identifier: (\S+)", None), (r"Redistribution and use in source and binary forms", "BSD"), (r"public domain", "public domain"),
          (r"Distribute freely, except", "Vixie"), (r"redistribute it and/or modify\W+it under the terms of the GNU General Public License", "GPL")]

def read(path): return open(path, encoding="utf-8", errors="ignore").read()
def rows(path): return [json.loads(l) for l in read(path).splitlines()] if os.path.exists(path) else []
def plain(d): return d["text"] if "text" in d else d["prompt"] + "\n" + d["response"] if "prompt" in d else d["question"] + "\n" + d["answer"]

def python():
    for k, licence in PYTHON.items():
        found = DISTRIBUTION.get(k, k).lower()
        info = next((d for d in glob.glob(f"{a.site_packages}/*.dist-info") if os.path.basename(d).lower().startswith(found + "-")), None)
        if info is None: continue
        for f in sorted(glob.glob(f"{a.site_packages}/{k}/**/*.py", recursive=True)):
            if re.search(r"/(tests?|testing|_vendor|third_party|typeshed|data)/|/(test_|_mapping|unistring)", f): continue
            t = clean(read(f))
            if 800 < len(t) < 150_000: yield {"text": t, "source": f"{os.path.basename(info)[:-10]}: {os.path.relpath(f, a.site_packages)}", "licence": licence, "group": k, "notice": info}

def stated(page):
    """The comments of a page, and the licence that they state, or None."""
    comments = "\n".join(re.sub(r"^[.'](\\\"|$) ?", "", l) for l in gzip.open(page, "rt", encoding="utf-8", errors="ignore").read().split("\n") if re.match(r"^[.']\s*\\\"", l))
    for pattern, name in STATED:
        m = re.search(pattern, comments)
        if m: return comments, name or m.group(1)
    return comments, None

def pages(docs):
    for d in docs: yield dict(d, group=d["source"], licence=stated(f"{a.man}/{d['source']}")[1])
def japanese(): return pages(man_docs(a.man, [f"{a.man}/ja/man{i}" for i in range(1, 9)], True, JA))
def french():
    """Sections 2 and 3 alone: the first sample was trained without manpages-fr-dev."""
    return pages(d for d in man_docs(a.man, [f"{a.man}/fr/man{i}" for i in (2, 3)]) if len(FR.findall(d["text"])) > len(d["text"]) / 90)
def typescript():
    for pj in sorted(glob.glob(f"{a.npm}/*/package.json") + glob.glob(f"{a.npm}/@*/*/package.json")):
        j = json.loads(read(pj)); root = os.path.dirname(pj)
        for f in sorted(glob.glob(root + "/**/*.d.ts", recursive=True)):
            t = re.sub(r"\n?//# sourceMappingURL.*", "", clean(read(f)))
            if 700 < len(t): yield {"text": t, "source": f"{j['name']}@{j['version']}: {os.path.relpath(f, root)}", "licence": j["license"] if j["license"] == "MIT" else None, "group": j["name"], "notice": root}
def manual():
    root = f"{a.debs}/usr/share/man"
    of = {os.path.basename(l.strip()): os.path.basename(f)[:-5] for f in glob.glob(f"{a.debs}/*.list") for l in open(f)}
    for d in man_docs(root, [f"{root}/man{i}" for i in range(1, 9)]):
        package = of.get(os.path.basename(d["source"]), "?"); name = package.split("_")[0]
        yield {"text": d["text"], "source": f"{d['source']} ({package})", "group": name, "licence": DEBIAN.get(name), "notice": f"{a.debs}/usr/share/doc/{name}"}
SRC = dict(python=python, japanese=japanese, french=french, typescript=typescript, manual=manual)

def drawn(name):
    """One piece a document, in the draw's order."""
    train = [r for t in a.train for r in rows(f"{t}/train/{name}.jsonl")]; held = [r for t in a.train for r in rows(f"{t}/heldout/{name}.jsonl")]
    demos = rows(f"{SAMPLE}/demos/{name}.jsonl")
    used = {r["source"] for r in train + demos + (held if name in ("japanese", "french") else [])}
    lines = {l.strip() for t in [*map(plain, train + held + demos), read(f"{SAMPLE}/eval/{name}.txt")] for l in t.split("\n")}
    least = 24 if name == "japanese" else 40
    def shared(t):
        ls = [l.strip() for l in t.split("\n") if len(l.strip()) >= least]
        return sum(l in lines for l in ls) / max(1, len(ls))
    docs, seen = [], set()
    for d in SRC[name]():
        if d["source"] in used or d["text"] in seen: continue
        seen.add(d["text"])
        if round(shared(d["text"]), 3) <= 0.1: docs.append(d)
    rng = random.Random(f"winnow-fresh-1-{name}"); rng.shuffle(docs); of = collections.Counter()
    for d in docs:
        if of[d["group"]] >= CAP.get(name, 1): continue
        cut = [x for x in pieces(d["text"], 1200) if len(x) > 500 and shared(x) <= 0.1]
        if not cut: continue
        of[d["group"]] += 1; yield dict(d, text=rng.choice(cut))

def part(draw, may=lambda d: True):
    """As many of the documents that follow as there must be."""
    got = []
    for d in draw:
        if may(d): got.append(d)
        if sum(len(x["text"].encode()) + 2 for x in got) >= BYTES and len(got) >= DOCS: break
    return got

def notices(name, docs):
    if name in ("japanese", "french"):
        translators = read(f"{a.doc}/manpages-fr-dev/copyright").split("\n\n") if name == "french" else []
        for d in docs:
            page = f"{a.man}/{d['source']}"; po = f"po/{os.path.relpath(os.path.realpath(page), a.man)[:-3]}.po"
            by = [re.sub(r"Files:.*?(?=Copyright:)", "", s, flags=re.S) for s in translators if po in s.split("Copyright:")[0].split()]
            yield d["source"], "\n\n".join([stated(page)[0], *(f"Translation:\n{s}" for s in by)])
    else:
        for n in dict.fromkeys(d["notice"] for d in docs):
            files = [f for f in sorted(glob.glob(n + "/**/*", recursive=True)) if os.path.isfile(f) and re.match(r"(?i)licen[cs]e|copying|copyright", os.path.basename(f)) and "node_modules" not in f[len(n):]]
            yield os.path.basename(n).removesuffix(".dist-info") if "@types" not in n else "@types/" + os.path.basename(n), "\n\n".join(map(read, files))

os.makedirs(f"{a.out}/licences", exist_ok=True); sources = {}
for name in SRC:
    draw = drawn(name); left = part(draw); report = part(draw, lambda d: d["licence"])
    open(f"{a.out}/{name}.txt", "w", encoding="utf-8").write("\n\n".join(d["text"] for d in report) + "\n")
    open(f"{a.out}/licences/{name}.txt", "w", encoding="utf-8").write("\n\n".join(f"==== {n}\n\n{t.strip()}" for n, t in notices(name, report)) + "\n")
    sources[name] = [{"source": d["source"], "licence": d["licence"]} for d in report]
    print(f"{name}: {len(left)} documents left for choices, {len(report)} in the report text, {sum(len(d['text'].encode()) + 2 for d in report)} bytes", flush=True)
json.dump(sources, open(f"{a.out}/sources.json", "w", encoding="utf-8"), indent=2, ensure_ascii=False)
