#!/usr/bin/env python3
"""Writes src/engine/tensorrt/abi.h from the tables in src/engine/tensorrt/abi/.

    python scripts/gen_tensorrt_abi.py            writes the header
    python scripts/gen_tensorrt_abi.py --check    exit status 1 where it is not what the tables say

methods.tsv has a row for each virtual method that we call or implement: `offset` is where an object keeps the pointer
to its implementation ("-": the object has the virtual table itself, as those have that we implement); `slot` is the
place in that table for TensorRT, `rtx_slot` for TensorRT-RTX ("-": that product has no such method); `since` and
`rtx_since` are the first library versions whose layout the row describes.
"""

from __future__ import annotations

import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src/engine/tensorrt"

HEAD = """\
/* TensorRT and TensorRT-RTX as C sees them: made by scripts/gen_tensorrt_abi.py from the tables in abi/, do not edit.
 *
 * trt_<Interface>_<method>(object, ...) calls a virtual method. A NULL object, and a method that the loaded library
 * does not have, give 0. */
/* clang-format off */
#ifndef TT_TENSORRT_ABI_H
#define TT_TENSORRT_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CUstream_st;
struct CUevent_st;
"""

CALL = """
typedef void (*trt_fn)(void);

/* What is loaded; set once, by library.c. */
extern int tt_trt_version; /* 110100 is TensorRT 11.1.0, 10701 is TensorRT-RTX 1.7.1 */
extern bool tt_trt_is_rtx;

static inline bool trt_has(int slot, int rtx_slot, int since, int rtx_since)
{
    return (tt_trt_is_rtx ? rtx_slot : slot) >= 0 && tt_trt_version >= (tt_trt_is_rtx ? rtx_since : since);
}

/* The implementation's method, NULL where there is none. */
static inline trt_fn trt_method(const void *object, size_t offset, int slot, int rtx_slot, int since, int rtx_since,
                                void **self)
{
    if (!object || !trt_has(slot, rtx_slot, since, rtx_since))
        return NULL;
    *self = *(void *const *)((const char *)object + offset);
    return (*(trt_fn *const *)*self)[tt_trt_is_rtx ? rtx_slot : slot];
}

/* C++ delete of an object that the library made; NULL is fine. */
static inline void trt_delete(const void *object)
{
    if (object)
        ((void (*)(const void *))(*(trt_fn *const *)object)[1])(object);
}
"""


def read(name: str) -> list[dict[str, str]]:
    with open(FOLDER / "abi" / name, newline="") as f:
        return list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))


def number(text: str) -> str:
    return "-1" if text == "-" else text


def spaced(c_type: str) -> str:
    """ "const char*" as "const char *"."""
    return re.sub(r"\s*\*", " *", c_type).replace("* *", "**")


def enums() -> list[str]:
    return [f"#define TRT_{e['enum']}_{e['member']} {e['value']}" for e in read("enums.tsv")]


def structs() -> list[str]:
    rows = read("structs.tsv")
    lines: list[str] = []
    for name in dict.fromkeys(r["struct"] for r in rows):
        fields = [r for r in rows if r["struct"] == name]
        lines += ["", f"typedef struct {name} {{"]
        for r in fields:
            base, _, count = r["type"].partition("[")
            lines.append(f"    {spaced(base)} {r['field']}{'[' + count if count else ''};".replace("* ", "*"))
        lines.append(f"}} {name};")
        lines.append(f'_Static_assert(sizeof({name}) == {fields[0]["size"]}, "{name}");')
        for r in fields:
            field = r["field"]
            lines.append(f'_Static_assert(offsetof({name}, {field}) == {r["offset"]}, "{name}.{field}");')
    return lines


def interfaces(methods: list[dict[str, str]]) -> list[str]:
    names = {m["interface"] for m in methods}
    for m in methods:
        names |= set(re.findall(r"\b(I[A-Z]\w+)\b\s*\*", m["result"] + " " + m["arguments"]))
    return [f"typedef struct {name} {name};" for name in sorted(names)]


def implemented(m: dict[str, str]) -> list[str]:
    """The places of a method that we implement."""
    name = f"{m['interface']}_{m['method']}"
    return [f"#define TRT_SLOT_{name} {number(m['slot'])}", f"#define TRT_RTX_SLOT_{name} {number(m['rtx_slot'])}"]


def called(m: dict[str, str]) -> list[str]:
    pairs = [re.match(r"(.*?)\s*(\w+)$", a.strip()).groups() for a in m["arguments"].split(",") if a.strip()]
    types = [spaced(t) for t, _ in pairs]
    names = [n for _, n in pairs]
    result = spaced(m["result"])
    gap = "" if result.endswith("*") else " "
    declared = "".join(f", {t}{'' if t.endswith('*') else ' '}{n}" for t, n in zip(types, names, strict=True))
    where = ", ".join([m["offset"], *(number(m[k]) for k in ("slot", "rtx_slot", "since", "rtx_since"))])
    call = f"(({result}{gap}(*)(void *{''.join(', ' + t for t in types)}))f)(s{''.join(', ' + n for n in names)})"
    if result == "void":
        body = f"if (f) {call};"
    else:
        none = f"({result}){{0}}" if result[0].isupper() and gap else "0"
        body = f"return f ? {call} : {none};"
    return [
        f"static inline {result}{gap}trt_{m['interface']}_{m['method']}(const {m['interface']} *o{declared})",
        f"{{ void *s = NULL; trt_fn f = trt_method(o, {where}, &s); {body} }}",
    ]


def header() -> str:
    methods = read("methods.tsv")
    lines = [HEAD.rstrip("\n"), "", *enums(), *structs(), "", *interfaces(methods), CALL]
    for m in methods:
        lines += implemented(m) if m["offset"] == "-" else called(m)
    return "\n".join([*lines, "", "#endif", ""])


def main() -> int:
    path = FOLDER / "abi.h"
    text = header()
    if "--check" in sys.argv[1:]:
        if path.read_text() == text:
            return 0
        print(f"{path.relative_to(ROOT)} is not what the tables say: run {sys.argv[0]}")
        return 1
    path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
