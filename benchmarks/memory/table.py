#!/usr/bin/env python3
"""Prints the tables of docs/results/memory.md: what a training step of each model holds, by `stardeq plan`.

usage: table.py [STARDEQ]     the program; that of this checkout if not given (build src/Cli in Release first)
"""
import json
import os
import subprocess
import sys
import tempfile

STARDEQ = sys.argv[1] if len(sys.argv) > 1 else "src/Cli/bin/Release/net10.0/stardeq"
MIB = 1 << 20
SLICES = 2  # one to train on, one for the test: no training goes without
SIZES = {
    "64², 4 coils, 8 features": "matrix=64 coils=4 base=8 poolings=2",
    "128², 8 coils, 16 features": "matrix=128 coils=8 base=16 poolings=3",
    "256², 32 coils, 32 features": "matrix=256 coils=32 base=32 poolings=3",
    "320², 32 coils, 32 features": "matrix=320 coils=32 base=32 poolings=4",
}
MODELS = {
    "MoDL-10": "model=modl unrolls=10",
    "MoDL-5": "model=modl",
    "MoDL-10, checkpointed": "model=modl unrolls=10 checkpointing=true",
    "MoDL-5, checkpointed": "model=modl checkpointing=true",
    "DEQ-JR": "model=deq jr_kind=fro",
    "DEQ": "model=deq",
    "IFDEQ": "model=ifdeq",
    "IFDEQ-SN": "model=ifdeq sn=reshape",
}
OWNERS = ["tape", "workspace", "solver", "parameters", "optimiser", "plans", "data"]


def plan(keys):
    """Bytes by owner when most is held, the data being those of one slice."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "plan.json")
        subprocess.run(
            [STARDEQ, "plan", "--device", "cpu", "--threads", "2", "--json", path, "--set", *keys.split(),
             "guard=off", "slices=1", "train_subjects=1", "validation_subjects=0", "test_subjects=1"],
            check=True, stdout=subprocess.DEVNULL)
        with open(path) as written:
            held = json.load(written)["owners_at_peak"]
    held["data"] /= SLICES
    return {owner: held.get(owner, 0) for owner in OWNERS}


def row(cells):
    print("| " + " | ".join(cells) + " |")


def table(size, keys):
    print(f"\n### {size}\n")
    row(["model", "MiB", "of MoDL-5"] + OWNERS)
    row(["---"] + ["---:"] * (2 + len(OWNERS)))
    held = {model: plan(f"{keys} {setting}") for model, setting in MODELS.items()}
    held["DEQ, two tapes (computed)"] = {**held["DEQ"], "tape": 2 * held["DEQ"]["tape"]}
    unit = sum(held["MoDL-5"].values())
    for model, owners in sorted(held.items(), key=lambda item: -sum(item[1].values())):
        total = sum(owners.values())
        row([model, f"{total / MIB:.1f}", f"{total / unit:.2f}"] + [f"{owners[owner] / MIB:.1f}" for owner in OWNERS])


def iterations(keys):
    print("\n| iterations | 5 | 20 | 50 | 200 |\n| --- | ---: | ---: | ---: | ---: |")
    for model in ("IFDEQ", "DEQ"):
        row([f"{model}, MiB"] + [f"{sum(plan(f'{keys} {MODELS[model]} max_iterations={count}').values()) / MIB:.2f}" for count in (5, 20, 50, 200)])
    row(["MoDL, MiB"] + [f"{sum(plan(f'{keys} model=modl unrolls={count}').values()) / MIB:.2f}" for count in (5, 20, 50, 200)])


for size, keys in SIZES.items():
    table(size, keys)
print("\n## Iterations\n")
iterations(SIZES["256², 32 coils, 32 features"])
