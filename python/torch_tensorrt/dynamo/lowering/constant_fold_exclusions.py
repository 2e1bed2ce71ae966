"""Rules that mark nodes which must not be folded into constants.

Graphs keep their constant parts as nodes until an engine is built, and what an engine folds is seen by nobody: a mark
changes no engine. It is there for passes of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from torch.fx import GraphModule, Node

CONSTANT_FOLD_EXCLUSION_META_KEY = "_torch_tensorrt_constant_fold_exclusions"
Rule = Callable[[Node], Iterable[Node]]
_RULES: dict[str, Rule] = {}


def register_constant_fold_exclusion_rule(rule_id: str) -> Callable[[Rule], Rule]:
    """Decorator: registers `rule(node) -> nodes to keep` under a name.

    Raises:
        ValueError: the name is empty or taken.
    """
    if not rule_id:
        raise ValueError("a constant-fold exclusion rule needs a name")
    if rule_id in _RULES:
        raise ValueError(f'the constant-fold exclusion rule "{rule_id}" is there already')

    def register(rule: Rule) -> Rule:
        _RULES[rule_id] = rule
        return rule

    return register


def unregister_constant_fold_exclusion_rule(rule_id: str) -> None:
    """Forgets a rule. ValueError where there is none of that name."""
    if rule_id not in _RULES:
        raise ValueError(f'unknown constant-fold exclusion rule "{rule_id}"')
    del _RULES[rule_id]


def validate_disabled_constant_fold_exclusions(ids: Collection[str]) -> set[str]:
    """The names as a set.

    Raises:
        TypeError: a text where a collection is wanted. ValueError: a name that no rule has.
    """
    if isinstance(ids, str):
        raise TypeError("disabled_constant_fold_exclusions is a collection, not a str")
    unknown = sorted(set(ids) - _RULES.keys())
    if unknown:
        known = ", ".join(sorted(_RULES)) or "there are none"
        raise ValueError(f"unknown constant-fold exclusion {unknown}: {known}")
    return set(ids)


def mark_constant_fold_exclusions(gm: GraphModule, disabled: Collection[str]) -> GraphModule:
    """Every rule that is not disabled adds its name to the metadata of the nodes that it gives."""
    for node in gm.graph.nodes:
        marks = node.meta.get(CONSTANT_FOLD_EXCLUSION_META_KEY)
        if marks:
            node.meta[CONSTANT_FOLD_EXCLUSION_META_KEY] = set(marks) - set(disabled)
    for rule_id, rule in _RULES.items():
        if rule_id in disabled:
            continue
        for node in list(gm.graph.nodes):
            for kept in rule(node):
                kept.meta.setdefault(CONSTANT_FOLD_EXCLUSION_META_KEY, set()).add(rule_id)
    return gm
