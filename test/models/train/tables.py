#!/usr/bin/env python3
"""eval.json (evaluate.py) -> the markdown tables of the data card"""
import json, math, sys
R = json.load(open(sys.argv[1] if len(sys.argv) > 1 else "eval.json")); D = list(R["demo_tokens"])
f = lambda x: f"{x:.1f}" if x < 1000 else f"{x:.0f}"
gm = lambda xs: math.exp(sum(math.log(x) for x in xs) / len(xs))
def table(head, rows): return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"
cols = [("full", "full"), ("easyep", "EASY-EP own"), ("freq", "frequency own"), ("gate", "gate sum own"), ("easyep_other", "EASY-EP other domain (mean of 7)"), ("mix_easyep", "EASY-EP all domains mixed"), ("random", "random (3 seeds)"),
        *([] if "bal_easyep" not in next(iter(next(iter(R["table"].values())).values())) else [("bal_easyep", "balanced: EASY-EP own"), ("bal_freq", "balanced: frequency own"), ("bal_random", "balanced: random (3 seeds)")])]; E = 2 * max(map(int, R["table"])); U = ", ungrouped" if len(cols) > 7 else ""
for k in R["table"]:
    T = R["table"][k]; print(f"**Keep {k} of {E} experts per layer**\n")
    rows = [[d] + [f(T[d][c]) for c, _ in cols] for d in D]
    rows.append(["geometric mean"] + [f(gm([T[d][c] for d in D])) for c, _ in cols]); rows.append(["relative to full"] + [f"{gm([T[d][c] / T[d]['full'] for d in D]):.2f}x" for c, _ in cols])
    print(table(["domain"] + [n for _, n in cols], rows))
    print(f"Text of the row's domain, experts kept for the column's domain (EASY-EP{U}, keep {k}; perplexity):\n")
    print(table(["text \\ experts of"] + D, [[d] + [("**" + f(T[d]["easyep"]) + "**") if o == d else f(R["cross"][k][d][o]) for o in D] for d in D]))
for k in R["table"]:
    print(f"Jaccard overlap of the kept sets (EASY-EP{U}, keep {k}, mean over layers):\n")
    print(table([""] + D, [[d] + [f"{R['jaccard'][k][d][o]:.2f}" for o in D] for d in D]))
    print(f"Convergence, keep {k}: share of the kept set of all 40 demos that fewer demos find (mean over disjoint subsets), and that the frequency and gate-sum rankings of the 40 demos find:\n")
    C = R["convergence"][k]
    print(table(["domain", "1 demo", "2", "5", "10", "20", "frequency", "gate sum"], [[d] + [f"{C[d][x]:.2f}" for x in ("1", "2", "5", "10", "20", "freq", "gate")] for d in D]))
print("Effective number of experts (exp of the entropy of the selection counts over the 40 demos) per block with experts; last row: all domains in equal shares:\n")
print(table(["domain"] + [f"block {i + 1}" for i in range(len(R['effective_all']))], [[d] + [f"{x:.1f}" for x in R["effective_experts"][d]] for d in D] + [["all"] + [f"{x:.1f}" for x in R["effective_all"]]]))
