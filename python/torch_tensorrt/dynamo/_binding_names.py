"""Names of an engine's inputs and outputs, given by the caller in the structure of the program's call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node
from torch.utils._pytree import TreeSpec, tree_flatten, tree_leaves

from torch_tensorrt.dynamo._mutations import is_write


class BindingNameMismatchError(ValueError):
    """Names that do not fit.

    Args:
        role: "arg_input", "kwarg_input", "input" or "output".
        reason: "spec_mismatch" (another structure), "non_string_leaf", "duplicate", or "overlap" (an output has the
            name of an input).
        expected_spec, provided, provided_spec: the structure wanted; what was given, and its structure.
    """

    def __init__(
        self,
        role: str,
        expected_spec: TreeSpec | None = None,
        provided: Any = None,
        provided_spec: TreeSpec | None = None,
        reason: str = "spec_mismatch",
    ) -> None:
        self.role, self.reason = role, reason
        self.expected_spec, self.provided, self.provided_spec = expected_spec, provided, provided_spec
        told = {
            "spec_mismatch": f"have the structure {provided_spec}, wanted is {expected_spec}",
            "non_string_leaf": "are texts, each of them",
            "duplicate": "differ from each other",
            "overlap": "differ from those of the inputs",
        }
        super().__init__(f"{role} binding names {told[reason]}: {provided!r}")


def binding_name_specs(exported_program: ExportedProgram) -> tuple[TreeSpec, TreeSpec, TreeSpec | None]:
    """The structures of the program's positional inputs, keyword inputs and outputs."""
    call = exported_program.call_spec
    args, kwargs = call.in_spec.children()
    return args, kwargs, call.out_spec


def _same_structure(a: TreeSpec, b: TreeSpec) -> bool:
    """Lists and tuples are as good as each other."""
    if a == b:
        return True
    kinds = ({a.type, b.type} <= {list, tuple}) or a.type == b.type
    if a.is_leaf() or b.is_leaf() or not kinds or a.num_children != b.num_children:
        return False
    if a.type is dict and a.context != b.context:
        return False
    return all(map(_same_structure, a.children(), b.children()))


def resolve_pytree_binding_names(user: Any, role: str, expected_spec: TreeSpec | None) -> list[str] | None:
    """The names, flat; None where none are given.

    Args:
        user: texts, nested as the program's arguments or results are; a bare text for a single one. role: what they
            name, for the error. expected_spec: that structure.
    Raises:
        BindingNameMismatchError: another structure, a leaf that is no text, a name given twice.
    """
    if user is None:
        return None
    names, spec = tree_flatten(user)
    if not all(isinstance(name, str) and name for name in names):
        raise BindingNameMismatchError(role, expected_spec, user, spec, "non_string_leaf")
    if expected_spec is not None and not _same_structure(spec, expected_spec):
        raise BindingNameMismatchError(role, expected_spec, user, spec, "spec_mismatch")
    if len(set(names)) != len(names):
        raise BindingNameMismatchError(role, expected_spec, user, spec, "duplicate")
    return names


def _in_order(user: Any, spec: TreeSpec) -> Any:
    """Keywords in the order of the program."""
    if isinstance(user, dict) and spec.type is dict and set(user) == set(spec.context):
        return {key: user[key] for key in spec.context}
    return user


def resolve(
    program: ExportedProgram, arg_names: Any, kwarg_names: Any, output_names: Any
) -> tuple[list[str] | None, list[str] | None]:
    """The flat names of all inputs and of all outputs; None: the program's own.

    Raises:
        BindingNameMismatchError: see there; names for a part of the inputs only.
    """
    args, kwargs, outputs = binding_name_specs(program)
    inputs = None
    if arg_names is not None or kwarg_names is not None:
        given = arg_names if isinstance(arg_names, (list, tuple)) or arg_names is None else (arg_names,)
        positional = resolve_pytree_binding_names(() if given is None else given, "arg_input", args) or []
        keywords = _in_order({} if kwarg_names is None else kwarg_names, kwargs)
        inputs = positional + (resolve_pytree_binding_names(keywords, "kwarg_input", kwargs) or [])
        if len(set(inputs)) != len(inputs):
            raise BindingNameMismatchError("input", provided=inputs, reason="duplicate")
    results = resolve_pytree_binding_names(output_names, "output", outputs)
    taken = inputs or [n.name for n in program.graph.find_nodes(op="placeholder")]
    if results and set(results) & set(taken):
        raise BindingNameMismatchError("output", provided=results, reason="overlap")
    return inputs, results


def _name(gm: GraphModule, node: Node, name: str) -> None:
    """The node's name, of any letters; whoever has it gets another."""
    for other in gm.graph.nodes:
        if other is not node and other.name == name:
            other.name = gm.graph._graph_namespace.create_name(f"{name}_", None)
    node.name = name


def _check_flat(names: Sequence[str] | None, role: str, n: int) -> None:
    """One name for each of n."""
    resolve_pytree_binding_names(names, role, None if names is None else tree_flatten([""] * n)[1])


def _own(gm: GraphModule, user: Node, value: Any, seen: set[Node]) -> Any:
    """The value, or before its user a copy of it where an input, a constant, another result or what is written to a
    buffer has its name."""
    if not isinstance(value, Node):
        return value
    if is_write(value):
        value = value.args[1]
    if value in seen or value.op in ("placeholder", "get_attr"):
        with gm.graph.inserting_before(user):
            copy = gm.graph.call_function(torch.ops.aten.clone.default, (value,))
        copy.meta = dict(value.meta)
        value = copy
    seen.add(value)
    return value


def apply(gm: GraphModule, inputs: Sequence[str] | None, outputs: Sequence[str] | None) -> None:
    """Gives the graph's placeholders and results these names; results are `output0`, `output1`, ... by default. What
    is an input or comes out twice is copied, for each has a name of its own.

    Raises:
        BindingNameMismatchError: too many or too few names, a name given twice, an output with the name of an input.
    """
    placeholders = gm.graph.find_nodes(op="placeholder")
    output = gm.graph.output_node()
    values = tree_leaves(output.args[0])
    _check_flat(inputs, "input", len(placeholders))
    _check_flat(outputs, "output", len(values))
    taken = [node.name for node in placeholders] if inputs is None else inputs
    if outputs and set(outputs) & set(taken):
        raise BindingNameMismatchError("output", provided=outputs, reason="overlap")
    names = outputs if outputs is not None else [f"output{i}" for i in range(len(values))]
    seen: set[Node] = set()
    for node in [n for n in gm.graph.nodes if n.op == "call_function" and is_write(n)]:
        node.args = (node.args[0], _own(gm, node, node.args[1], seen), *node.args[2:])
    replaced = [_own(gm, output, value, seen) for value in values]
    flat = iter(replaced)
    output.args = (torch.utils._pytree.tree_map(lambda _: next(flat), output.args[0]),)
    if inputs is not None:
        for node, name in zip(placeholders, inputs, strict=True):
            _name(gm, node, name)
    for value, name in zip(replaced, names, strict=True):
        if isinstance(value, Node):
            _name(gm, value, name)
