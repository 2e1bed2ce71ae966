"""The tables of a run, as Markdown: printed, and written into a file between two marks."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable
from typing import Any


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    line: Callable[[list[str]], str] = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
    return [line(head), line(["---"] * len(head)), *map(line, rows), ""]


def ms(x: float) -> str:
    return f"{x:.3f}" if x < 1 else f"{x:.2f}" if x < 100 else f"{x:.0f}"


def _mb(x: float) -> str:
    return f"{x / 1e6:.0f}"


def _best_peer(row: dict[str, Any], key: Callable[[dict[str, Any]], float]) -> tuple[str, dict[str, Any]] | None:
    timed = {n: e for n, e in row["contenders"].items() if n != "ours" and "best_ms" in e}
    return min(timed.items(), key=lambda item: key(item[1])) if timed else None


def _ratio(row: dict[str, Any], key: Callable[[dict[str, Any]], float]) -> float | None:
    best = _best_peer(row, key)
    ours = row["contenders"]["ours"]
    return key(ours) / key(best[1]) if best and "best_ms" in ours else None


def _number(x: float | None) -> str:
    return "-" if x is None else f"{x:.2f}"


def _thirds(row: dict[str, Any]) -> str:
    ratios = [_ratio(row, lambda e, k=k: e["thirds_ms"][k]) for k in range(3)]
    return "-" if None in ratios else f"{min(ratios):.2f}-{max(ratios):.2f}"


def _against_best(row: dict[str, Any]) -> list[str]:
    ours, best = row["contenders"]["ours"], _best_peer(row, lambda e: e["best_ms"])
    name = [row["program"], row["shape"], row["precision"]]
    if "refused" in ours:
        return [*name, ours["refused"], *["-"] * 8]
    eager = row["contenders"].get("eager", {})
    seconds = ours["best_ms"] * 1e-3
    peak = row["peaks"]["bf16_gflops" if row["precision"] == "bf16" else "f32_gflops"] * 1e9
    return [
        *name,
        ms(ours["best_ms"]),
        f"{ms(best[1]['best_ms'])} {best[0]}" if best else "-",
        _number(_ratio(row, lambda e: e["best_ms"])),
        _thirds(row),
        _number(_ratio(row, lambda e: e["median_ms"])),
        _number(_ratio(row, lambda e: e["cpu_ms"])),
        _number(ours["best_ms"] / eager["best_ms"] if "best_ms" in eager else None),
        f"{100 * row['flops'] / seconds / peak:.0f} %",
        f"{100 * row['bytes'] / seconds / (row['peaks']['read_gbs'] * 1e9):.0f} %",
    ]


def _refusals(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        f"- {row['program']} {row['shape']} {row['precision']}, {name}: {entry['refused']}"
        for row in rows
        for name, entry in row["contenders"].items()
        if "refused" in entry
    ]
    return ["What a contender could not do, with the first line of its error:", "", *lines, ""] if lines else []


def _per_contender(rows: list[dict[str, Any]], names: list[str], cell: Callable[[dict[str, Any]], str]) -> list[str]:
    return table(
        ["program", "input", "precision", *names, "ours from C"],
        (
            [r["program"], r["shape"], r["precision"]]
            + ["failed" if "refused" in e else cell(e) for e in (r["contenders"][n] for n in names)]
            + ["failed" if "refused" in r["c"] else cell(r["c"])]
            for r in rows
        ),
    )


def report(state: dict[str, Any], command: str) -> str:
    key, rows, begin, end = state["key"], state["rows"], state["begin"], state["end"]
    names = [*key["peers"], "ours"]
    most = {peak: max(r["peaks"][peak] for r in rows) for peak in rows[0]["peaks"]}
    lines = [
        f"`{command}`, commit {key['commit']}, PyTorch {rows[0]['torch']}, {key['threads']} threads of {begin['cpus']} "
        f"({begin['cpu']}); load average {begin['load'][0]:.1f} before, {end['load'][0]:.1f} after.",
        "",
        f"Peaks in this run: {most['f32_gflops']:.0f} GFLOP/s float32, {most['bf16_gflops']:.0f} bfloat16, "
        f"{most['read_gbs']:.1f} GB/s read. Shares are of those measured around each row; weights that stay in the "
        "last-level cache give more than 100 % of the bandwidth.",
        "",
        "Ratios are our time by the best peer's: below 1 we are faster. `thirds`: the ratio of the best times in each "
        "third of the run, lowest and highest. `CPU`: of the processor time of a call.",
        "",
        *table(
            [
                "program",
                "input",
                "precision",
                "ours ms",
                "best peer ms",
                "ratio",
                "thirds",
                "medians",
                "CPU",
                "to eager",
            ]
            + ["of peak FLOP/s", "of bandwidth"],
            map(_against_best, rows),
        ),
        "Best time of a call, ms (`ours from C`: `torchtrtc bench`, not interleaved):",
        "",
        *_per_contender(rows, names, lambda e: ms(e["best_ms"])),
        "Build, s: from the ExportedProgram to the first call's result (`ours from C`: from opening the .pt2):",
        "",
        *_per_contender(rows, names, lambda e: f"{e['build_s']:.2f}"),
        "Peak memory of a fresh process that loads the program, builds and runs it (VmHWM), MB:",
        "",
        *_per_contender(rows, names, lambda e: _mb(e["peak_bytes"])),
        "Largest difference from eager in float32, of the output's scale:",
        "",
        *table(
            ["program", "input", "precision", *names],
            (
                [r["program"], r["shape"], r["precision"]]
                + ["failed" if "refused" in r["contenders"][n] else f"{r['contenders'][n]['error']:.1e}" for n in names]
                for r in rows
            ),
        ),
        *_refusals(rows),
    ]
    return "\n".join(lines)


def write_between(text: str, script: str, output: pathlib.Path) -> None:
    """The script's tables go between its marks, at the end of the file where it has none yet."""
    begin, end = (f"<!-- tables of {script}: {what} -->" for what in ("begin", "end"))
    old = output.read_text() if output.exists() else "# Results\n"
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    head, rest = old.split(begin, 1)
    output.write_text(f"{head}{begin}\n{text}{end}{rest.split(end, 1)[1]}")


def write_report(state: dict[str, Any], command: str, output: pathlib.Path | None) -> None:
    text = report(state, command)
    print(text)
    if output:
        write_between(text, "bench_programs.py", output)
