#!/usr/bin/env python3
"""Writes src/graph/ops.def: the schemas of the operators that programs contain, taken from the installed PyTorch.

    python scripts/gen_ops.py            writes the file
    python scripts/gen_ops.py --check    compares it with the one that is there; exit status 1 where they differ, 77 (skipped)
                                         where that one comes from another PyTorch

A row is OP(id, name, n_outs, returns_list, alias letters of the returns, ARG(name, type, flags, alias letter, default), ...).
Rows stand in byte order of their names, so that a name is found by binary search.
"""

import argparse
import pathlib
import re
import sys

import torch
import torch._prims  # registers prims::
import torch.ao.quantization.fx._decomposed  # registers quantized_decomposed::

OUT = pathlib.Path(__file__).resolve().parent.parent / "src" / "graph" / "ops.def"

# Written for training, for one vendor's library, for storages, sparse or nested layouts, or for tests of PyTorch itself.
SKIP_NAME = re.compile(
    r"backward|_foreach|^_amp_|^_fused_(adam|adagrad|sgd|moving)|^_?cudnn|_cudnn_[a-z]*norm|miopen|mkldnn|mkl_|nnpack|_metal|vulkan|fbgemm|_cslt|_mps|_nccl"
    r"|_cufft|_triton|^_cuda|sparse|coalesce|_nnz|^(_?(crow|ccol|row|col)_)?(_?indices|_?values)(_copy)?$|^_dim[IV]$|hspmm|sspaddmm"
    r"|^smm$|_spdiags|_spsolve|nested|jagged|^_test|_foobar|_lazy|quantize|quantized|^q_|int_repr|fake_quant|choose_qparams|^_make_per"
    r"|qscheme|_saturate_weight|_use_cudnn|_debug_has|^_has_|_zerotensor|_fw_primal|_make_dual|_unpack_dual|_neg_view|_thnn_"
    r"|_pack_padded|_pad_packed|_validate|_to_cpu|_grad$|_grad_|int[48]pack|_int[48]mm|_dyn_quant|_wrapped_|_resize_output"
    r"|_propagate_xla|_transform_bias|_grid_sampler_2d_cpu|_slow_conv2d|_conv_depthwise2d|pin_memory|is_pinned"
    r"|record_stream|rename|align_as|align_to|refine_names|retains_grad|set_data|^_version$|is_leaf|output_nr|_sobol|from_file"
    r"|^_cast_|^set_?$|^data$|_flash_attention_forward|_efficient_attention_forward|_fused_sdp_choice|_histogramdd|_rowwise_prune"
    r"|segment_reduce|_batch_dim$|_philox|_copy_from|_reshape_from|_autocast_to|_stats|_gather_stats|_elemt|is_distributed|^_print$"
)
KEEP_NAME = {"fake_quantize_per_tensor_affine", "fake_quantize_per_channel_affine"}
SKIP_TYPE = re.compile(
    r"Dimname|Storage|Stream|QScheme|__torch__|Dict|Future|Any|RRef|Tensor\(\w!\)\[\]|Tensor\[\]\[\]"
)

TYPES = {
    "Tensor": "TENSOR",
    "Tensor[]": "TENSORS",
    "Tensor?[]": "TENSORS",
    "int": "INT",
    "int[]": "INTS",
    "SymInt": "INT",
    "SymInt[]": "INTS",
    "float": "FLOAT",
    "float[]": "FLOATS",
    "SymFloat": "FLOAT",
    "bool": "BOOL",
    "bool[]": "BOOLS",
    "SymBool": "BOOL",
    "Scalar": "SCALAR",
    "Scalar[]": "SCALARS",
    "number": "SCALAR",
    "str": "STRING",
    "ScalarType": "DTYPE",
    "Layout": "LAYOUT",
    "Device": "DEVICE",
    "MemoryFormat": "MEMORY_FORMAT",
}

# Not registered in PyTorch, or not operators there but Python functions on symbolic integers.
SCALAR_FUNCTIONS = {
    1: [
        "_operator.neg",
        "_operator.pos",
        "torch.sym_int",
        "torch.sym_float",
        "torch.sym_not",
        "torch.sym_sqrt",
        "math.ceil",
        "math.floor",
        "math.trunc",
    ],
    2: [
        "_operator." + n
        for n in (
            "add",
            "sub",
            "mul",
            "floordiv",
            "truediv",
            "mod",
            "pow",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "and_",
            "or_",
            "lshift",
            "rshift",
        )
    ]
    + ["torch.sym_max", "torch.sym_min"],
    3: ["torch.sym_ite"],
}
EXTRA = [
    "tensorrt::execute_engine(Tensor[] inputs, Tensor engine, str signature) -> Tensor[]",
    "tensorrt::quantize_op(Tensor input, Tensor amax, int num_bits, int exponent_bits, bool unsigned, bool narrow_range) -> Tensor",
    "tensorrt::dynamic_block_quantize_op(Tensor input, int block_size, Tensor amax, int num_bits, int exponent_bits, "
    "int scale_num_bits, int scale_exponent_bits) -> Tensor",
]


def split_top(text):
    """Splits at the commas that stand outside brackets and quotes."""
    parts, depth, quote, start = [], 0, False, 0
    for i, c in enumerate(text):
        if c == '"':
            quote = not quote
        elif not quote and c in "([":
            depth += 1
        elif not quote and c in ")]":
            depth -= 1
        elif not quote and c == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    last = text[start:].strip()
    return parts + [last] if last else parts


def alias_of(type_text):
    """'Tensor(a! -> *)[]' -> ('Tensor[]', 'a', True)"""
    m = re.search(r"\(([a-z*|]+)(!?)[^)]*\)", type_text)
    if not m:
        return type_text, None, False
    letter = m.group(1)[0]
    return type_text[: m.start()] + type_text[m.end() :], None if letter == "*" else letter, m.group(2) == "!"


def type_of(text):
    """'int[2]?' -> ('INTS', optional, fixed length)"""
    optional = text.endswith("?")
    if optional:
        text = text[:-1]
    m = re.search(r"\[(\d+)\]$", text)
    length = int(m.group(1)) if m else None
    if m:
        text = text[: m.start()] + "[]"
    return TYPES.get(text, "OTHER"), optional, length


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def argument(text, keyword):
    default = None
    m = re.match(r"(.+?) (\w+)(?:=(.*))?$", text)
    type_text, name, default = m.groups()
    type_text, letter, writes = alias_of(type_text)
    kind, optional, length = type_of(type_text)
    if default is not None:
        if kind in ("INTS", "FLOATS") and length and not default.startswith("[") and default != "None":
            default = "[" + ", ".join([default] * length) + "]"
        if kind == "FLOAT" and default.endswith("."):
            default += "0"
        if kind == "STRING" and default.startswith('"'):
            default = default[1:-1]
    flags = [n for n, on in (("OPTIONAL", optional), ("KEYWORD", keyword), ("WRITES", writes)) if on]
    fallback = "NULL" if default is None else quote(default)
    return f"ARG({quote(name)}, {kind}, {' | '.join(flags) or 0}, {repr(letter) if letter else 0}, {fallback})", kind


def c_letters(letters):
    return '"' + "".join(x or r"\0" for x in letters).rstrip("\\0") + '"'


def row(schema):
    """A row of the file, or None for a schema that the graph cannot hold."""
    head, returns = schema.rsplit(" -> ", 1)
    full, rest = head.split("(", 1)
    namespace, name = full.split("::")
    name, overload = name.split(".", 1) if "." in name else (name, "default")
    args, kinds, keyword = [], [], False
    for part in split_top(rest[:-1]):
        if part == "*":
            keyword = True
            continue
        text, kind = argument(part, keyword)
        args.append(text)
        kinds.append(kind)
    outs = split_top(returns[1:-1]) if returns.startswith("(") else [returns]
    outs = [alias_of(re.sub(r" \w+$", "", o)) for o in outs]
    lists = [o[0].endswith("[]") for o in outs]
    if not args or (any(lists) and len(outs) > 1) or any(o[1] for o in outs[8:]):
        return None
    dotted = f"{namespace}.{name}.{overload}"
    ident = dotted.replace(".", "_")
    letters = c_letters([o[1] for o in outs])
    n_args = ", ".join(args)
    return dotted, f"OP({ident}, {quote(dotted)}, {len(outs)}, {int(any(lists))}, {letters}, {n_args})"


def wanted(s):
    namespace, name = s.name.split("::")
    if namespace not in ("aten", "prims", "quantized_decomposed"):
        return False
    text = str(s)
    if SKIP_TYPE.search(text):
        return False
    if namespace != "aten":
        return ".out" not in text and "(a!)" not in text
    if re.search(r"(^|_)out$", s.overload_name) or re.search(r"_out\b", s.name) or any(a.is_out for a in s.arguments):
        return False
    if any(a.name in ("out", "out0", "grad_input") or a.kwarg_only and "(a!)" in str(a.type) for a in s.arguments):
        return False
    if SKIP_NAME.search(name) and name not in KEEP_NAME:
        return False
    # TorchScript's own functions on numbers, strings and lists are in the same registry, but not with the dispatcher.
    qualified = s.name + ("." + s.overload_name if s.overload_name else "")
    return qualified in DISPATCHED


DISPATCHED = set(torch._C._dispatch_get_all_op_names())


def table():
    rows = dict(filter(None, (row(str(s)) for s in torch._C._jit_get_all_schemas() if wanted(s))))
    rows.update(row(s) for s in EXTRA)
    for n, names in SCALAR_FUNCTIONS.items():
        for name in names:
            args = ", ".join(f'ARG("{c}", SCALAR, 0, 0, NULL)' for c in "abc"[:n])
            rows[name] = f'OP({name.replace(".", "_").lstrip("_")}, "{name}", 1, 0, "", {args})'
    rows["_operator.getitem"] = (
        'OP(operator_getitem, "_operator.getitem", 1, 0, "", ARG("a", OTHER, 0, 0, NULL), ARG("b", INT, 0, 0, NULL))'
    )
    return [rows[name] for name in sorted(rows, key=lambda n: n.encode())]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    check = parser.parse_args().check
    rows = table()
    version = ".".join(torch.__version__.split(".")[:2])
    head = f"/* Written by scripts/gen_ops.py from the schemas that PyTorch {version} registers; see there. Sorted by name. */\n"
    text = head + "\n".join(rows) + "\n"
    if check:
        old = OUT.read_text()
        if old == text:
            return 0
        if not old.startswith(head):
            return 77
        print(
            f"{OUT.name} differs from what PyTorch {torch.__version__} gives: run scripts/gen_ops.py", file=sys.stderr
        )
        return 1
    OUT.write_text(text)
    print(f"{len(rows)} operators")
    return 0


if __name__ == "__main__":
    sys.exit(main())
