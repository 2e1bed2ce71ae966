#!/usr/bin/env python3
"""Sums up what `pytest --tensorrt-table FILE` wrote: the operators that engine cpu took, and what engine tensorrt did.

    python scripts/tensorrt_table.py FILE [--all]

An operator builds where some program with it became a plan; it is refused where none did, with the reasons; it fails
where a plan was tried and did not come about.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--all", action="store_true", help="list the operators that build, too")
    options = parser.parse_args()
    seen: collections.Counter[str] = collections.Counter()
    built: collections.Counter[str] = collections.Counter()
    reasons: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    faults, programs = [], 0
    with open(options.file) as f:
        for line in map(json.loads, f):
            programs += 1
            seen.update(line["cpu"])
            built.update(line["tensorrt"] if not line.get("fails") else [])
            for name, reason in line.get("refused", {}).items():
                reasons["torch.ops." + name][reason] += 1
            if line.get("fails") or line.get("differs"):
                faults.append(line)
    never = sorted(name for name in seen if not built[name])
    print(f"{programs} programs")
    print(f"{len(seen)} operators taken by engine cpu; engine tensorrt builds {len(seen) - len(never)}", end=" ")
    print(f"({100 * (len(seen) - len(never)) / max(len(seen), 1):.1f} %), refuses {len(never)}; {len(faults)} faults")
    print("\n| refused operator | programs | reason |\n| --- | --- | --- |")
    for name in never:
        texts = "; ".join(reason for reason, _ in reasons[name].most_common(2)) or "only beside others that are refused"
        print(f"| {name} | {seen[name]} | {texts} |")
    if options.all:
        print("\n| operator | programs | built |\n| --- | --- | --- |")
        for name in sorted(name for name in seen if built[name]):
            print(f"| {name} | {seen[name]} | {built[name]} |")
    for line in faults:
        print(f"\n{line['test']}: {line.get('fails') or line['differs']}\n  {', '.join(line['cpu'])}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
