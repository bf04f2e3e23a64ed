#!/usr/bin/env python3
"""Draws a sample of findings to be judged by hand, the same one for the same seed.

usage: sample.py BINARY SEED COUNT REPOSITORY... > table.md

Each REPOSITORY is a checkout. BINARY runs in each with its default options; of what it reports at
warning or above, COUNT findings are drawn, stratified by rule: each rule that fired gives at least
one, the rest in proportion to how often it fired. Within a rule the order is a hash of the seed, the
repository's name, the file, the line and the rule, so that a finding that appears or vanishes
elsewhere moves no other. The table says nothing of the message: whoever judges reads the code.
"""
import hashlib, json, os, subprocess, sys


def findings(binary, folder):
    """What `binary` reports at warning or above in `folder`: (repository, file, line, rule)."""
    out = subprocess.run([binary, "--format", "json", "--exit-zero", "."], cwd=folder,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    name = os.path.basename(os.path.normpath(folder))
    for f in json.loads(out)["findings"]:
        if f["level"] in ("warning", "error"):
            at = f["act"]["location"]
            yield name, at["path"], at["start"]["line"], f["rule"]


def rank(seed, finding):
    """A place in the order of `seed` that depends on nothing but the finding itself."""
    return hashlib.sha256("\0".join([seed, *map(str, finding)]).encode()).hexdigest()


def shares(sizes, count):
    """How many of each stratum to draw: at least one, else by largest remainder, at most all."""
    total = sum(sizes.values())
    count = min(count, total)
    given = {rule: 1 for rule in sorted(sizes, key=lambda r: (-sizes[r], r))[:count]}
    while sum(given.values()) < count:
        open_ = [r for r in given if given[r] < sizes[r]]
        best = max(open_, key=lambda r: (sizes[r] * count / total - given[r], r))
        given[best] += 1
    return given


def main():
    binary, seed, count, folders = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    binary = os.path.abspath(binary)
    strata = {}
    for folder in folders:
        for finding in set(findings(binary, folder)):
            strata.setdefault(finding[3], []).append(finding)
    drawn = []
    for rule, n in shares({r: len(f) for r, f in strata.items()}, count).items():
        drawn += sorted(strata[rule], key=lambda f: rank(seed, f))[:n]
    print("| repository | file | line | rule |\n|---|---|---|---|")
    for finding in sorted(drawn):
        print("| " + " | ".join(map(str, finding)) + " |")


main()
