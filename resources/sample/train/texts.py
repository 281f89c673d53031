"""Reading of sources, cleaning, and cutting into pieces."""
import glob, gzip, json, os, re

PIECE = 1800          # target piece length in characters

CTRL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff\u200b]")
def clean(s):
    s = s.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    s = CTRL.sub("", s)
    s = re.sub(r"[ ]+\n", "\n", s)
    return re.sub(r"\n{3,}", "\n\n", s).strip("\n")

# ---------------------------------------------------------------- roff
ESC = [(r"\\f\[[^\]]*\]", ""), (r"\\f\([A-Z]{2}", ""), (r"\\f.", ""), (r"\\s[+-]?\d", ""), (r"\\m\[[^\]]*\]", ""),
       (r"\\-", "-"), (r"\\[&|^:/,)%c]", ""), (r"\\\(bu|\\\[bu\]", "*"), (r"\\\(co", "(c)"), (r"\\\(aq|\\\[aq\]", "'"),
       (r"\\\(dq|\\\[dq\]|\\\(lq|\\\(rq|\\\[lq\]|\\\[rq\]", '"'), (r"\\\(oq|\\\(cq|\\\[oq\]|\\\[cq\]", "'"),
       (r"\\\(em|\\\[em\]", "--"), (r"\\\(en|\\\[en\]", "-"), (r"\\\(ha|\\\[ha\]", "^"), (r"\\\(ti|\\\[ti\]", "~"),
       (r"\\\(rs|\\\[rs\]", "\\\\"), (r"\\\(Fo", "«"), (r"\\\(Fc", "»"), (r"\\\(mu", "x"), (r"\\\(ga|\\\[ga\]", "`"),
       (r"\\\(<=|\\\[<=\]", "<="), (r"\\\(>=|\\\[>=\]", ">="), (r"\\\(->|\\\[->\]", "->"), (r"\\~|\\0|\\ ", " "), (r"\\e", "\\\\"),
       (r"\\\*\([A-Za-z]{2}|\\\*\[[^\]]*\]|\\\*.", ""), (r"\\[hvwk]'[^']*'", ""), (r"\\\([A-Za-z<>=+*/-]{2}|\\\[[^\]]*\]", ""), (r"\\\"[^\n]*", "")]
ESC = [(re.compile(k), v) for k, v in ESC]
ARG = re.compile(r'"((?:[^"]|"")*)"|(\S+)')
def esc(s):
    for k, v in ESC: s = k.sub(v, s)
    return s
def roff_args(s): return [(m.group(1) if m.group(1) is not None else m.group(2)) for m in ARG.finditer(s)]
SKIP_SECT = {"COLOPHON", "TRADUCTION", "COPYRIGHT", "COPYRIGHTS", "翻訳", "この文書について", "LICENSE", "AUTHORS", "AUTHOR", "AUTEUR", "AUTEURS"}
def roff(src, cjk=False):
    if re.search(r"^\.(Dd|Sh|so) ", src, re.M): return ""     # mdoc and .so pages are left out
    out, para, nf, skip, tag, ignore = [], [], False, False, 0, False
    def flush():
        if para:
            t = ("" if False else " ").join(x.strip() for x in para)
            if cjk: t = re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", t)
            out.append(re.sub(r" {2,}", " ", t)); para.clear()
    for line in src.split("\n"):
        if ignore:
            if line.startswith(".."): ignore = False
            continue
        if re.match(r"^[.']\s*\\\"", line) or line.startswith("'\\\""): continue
        m = re.match(r"^[.']\s*([A-Za-z]{1,10})\s*(.*)$", line)
        if m:
            c, r = m.group(1), m.group(2)
            if c in ("de", "ig", "am"): ignore = True; continue
            if c == "TH":
                x = roff_args(r); out.append(esc(f"{x[0]}({x[1]})") if len(x) > 1 else ""); continue
            if c in ("SH", "SS"):
                flush(); t = esc(" ".join(roff_args(r))).strip()
                if c == "SH": skip = t.upper() in SKIP_SECT
                if not skip: out.append(""); out.append(t)
                nf = False; continue
            if skip: continue
            if c in ("PP", "P", "LP", "sp", "HP", "RS", "RE", "IP", "TP", "TQ"):
                flush()
                if c in ("PP", "P", "LP", "sp"): out.append("")
                if c == "IP" and roff_args(r): out.append(esc(roff_args(r)[0]))
                if c in ("TP", "TQ"): tag = 1
                continue
            if c in ("nf", "EX"): flush(); nf = True; continue
            if c in ("fi", "EE"): flush(); nf = False; continue
            if c == "br": flush(); continue
            if c in ("B", "I", "R", "SM", "SB"): text = " ".join(roff_args(r))
            elif c in ("BR", "BI", "IR", "RB", "RI", "IB"): text = "".join(roff_args(r))
            elif c in ("UR", "MT"): text = " ".join(roff_args(r))
            else: continue
        else:
            if line.startswith((".", "'")) or skip: continue
            text = line
        text = esc(text).rstrip()
        if nf: out.append(text); continue
        if not text.strip(): flush(); out.append(""); continue
        if tag: flush(); out.append(text.strip()); tag = 0; continue
        para.append(text)
    flush()
    return clean("\n".join(out))

def man_docs(root, dirs, cjk=False, need=None):
    docs, seen = [], set()
    for d in dirs:
        for f in sorted(glob.glob(os.path.join(d, "*.gz"))):
            real = os.path.realpath(f)
            if real in seen: continue
            seen.add(real)
            try: t = roff(gzip.open(real, "rt", encoding="utf-8", errors="ignore").read(), cjk)
            except OSError: continue
            if len(t) < 400 or (need and len(need.findall(t)) < 0.12 * len(t)): continue
            docs.append({"text": t, "source": os.path.relpath(f, root)})
    return docs

def pieces(t, n=PIECE):
    """cut at blank lines, else at line ends, into pieces of about n characters"""
    out, cur = [], ""
    for blk in re.split(r"(?<=\n)\n+", t + "\n"):
        blk = blk.strip("\n")
        while len(blk) > 1.6 * n:
            k = blk.rfind("\n", 0, n)
            if k < n // 3: k = blk.rfind(" ", 0, n)
            if k < n // 3: k = n
            if cur: out.append(cur); cur = ""
            out.append(blk[:k].strip("\n")); blk = blk[k:].strip("\n")
        if len(cur) + len(blk) > n and cur: out.append(cur); cur = ""
        cur = cur + "\n\n" + blk if cur else blk
    if cur: out.append(cur)
    return [x for x in out if len(x) > 60]

JA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
FR = re.compile(r"(?:\b(?:le|la|les|des|de|du|un|une|est|et|pour|dans|qui|que)\b)")

# ---------------------------------------------------------------- sources
def gsm(path):
    for i, l in enumerate(open(path, encoding="utf-8"), 1):
        j = json.loads(l)
        ans = re.sub(r"<<[^>]*>>", "", j["answer"])
        yield {"prompt": clean(j["question"]), "response": clean(ans), "source": f"GSM8K {os.path.basename(path)} line {i}"}
def pubmed(path):
    for k, v in json.load(open(path, encoding="utf-8")).items():
        t = v["QUESTION"] + "\n" + "\n".join(v["CONTEXTS"]) + "\n" + v["LONG_ANSWER"]
        yield {"text": clean(t), "prompt": clean(v["QUESTION"]), "response": clean(v["LONG_ANSWER"]), "source": f"PubMed {k}"}
def shakespeare(path):
    ps, cur = clean(open(path, encoding="utf-8").read()).split("\n\n"), []
    for s in ps:
        cur.append(s)
        if sum(map(len, cur)) > 4000: yield {"text": "\n\n".join(cur), "source": "tiny shakespeare"}; cur = []
    yield {"text": "\n\n".join(cur), "source": "tiny shakespeare"}
def pyfiles(root):
    for f in sorted(glob.glob(root + "/**/*.py", recursive=True)):
        if re.search(r"/(test|tests|encodings|pydoc_data|lib2to3|__pycache__|site-packages|dist-packages|config-)", f): continue
        t = clean(open(f, encoding="utf-8", errors="ignore").read())
        if 500 < len(t) < 150_000: yield {"text": t, "source": "Lib/" + os.path.relpath(f, root)}
def tsfiles(root):
    seen = set()
    for f in sorted(glob.glob(root + "/**/*.d.ts", recursive=True)):
        if "/esm/" in f or re.search(r"/node_modules/(undici|tar|minipass|yallist|isexe)/", f): continue   # duplicates; other licences
        t = clean(open(f, encoding="utf-8", errors="ignore").read())
        t = re.sub(r"\n?//# sourceMappingURL.*", "", t)
        if len(t) < 300 or t in seen: continue
        seen.add(t)
        # very long declaration files are cut at top-level blocks of about 30 kB so that the split is not all-or-nothing
        for b in (pieces(t, 30_000) if len(t) > 60_000 else [t]): yield {"text": b, "source": os.path.relpath(f, root)}
def french(man):
    """French manual pages; those that are English still are left out"""
    for d in man_docs(man, [f"{man}/fr/man{i}" for i in range(1, 9)]):
        if len(FR.findall(d["text"])) > len(d["text"]) / 90: yield d
