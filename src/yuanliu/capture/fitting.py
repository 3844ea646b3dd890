"""Fit a mapping to the actions it names: what no action takes is refused before a row is read."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from yuanliu.capture.binding import schema_of
from yuanliu.exchange.mapping import Items, Mapping, Members, Step, Text, Tree
from yuanliu.exchange.refusals import (
    MappingMemberMissing,
    MappingMemberUnknown,
    MappingMemberWrong,
)
from yuanliu.ledger.desk import actions

Json = Any
Schema = AnyMapping[str, Any]


def check_steps(mapping: Mapping) -> None:
    """Check every step against the action it names.

    Raises MappingMemberUnknown, MappingMemberMissing, MappingMemberWrong with the line of the step.
    """
    known = actions()
    for step in mapping.steps:
        where = f"steps.{step.name}"
        if step.action not in known:
            raise MappingMemberUnknown(
                file=mapping.source,
                line=step.line,
                field=f"{where}.action: {step.action}",
                known=", ".join(sorted(known)),
            )
        schema = schema_of(known[step.action].function)
        _Check(mapping.source).members(step.arguments, schema, f"{where}.with", given=_given(step))


def _given(step: Step) -> set[str]:
    return {"results"} if step.results else set()


class _Check:
    """Walk the arguments of a step beside the description of its action's."""

    def __init__(self, file: str) -> None:
        self.file = file

    def tree(self, tree: Tree, schema: Schema, path: str) -> None:
        """Check one argument."""
        options = [_ for _ in _options(schema) if _kind_of(tree) in _kinds_of(_)]
        if not options:
            wanted = " | ".join(sorted({k for o in _options(schema) for k in _kinds_of(o)}))
            self._wrong(tree, path, wanted)
        if isinstance(tree, Members):
            self.members(tree, options[0], path)
        elif isinstance(tree, Items):
            for at, item in enumerate(tree.items):
                self.tree(item, options[0].get("items", {}), f"{path}[{at}]")
        elif "enum" in options[0]:
            literal = tree.template.literal
            if literal is not None and literal not in options[0]["enum"]:
                self._wrong(tree, path, " | ".join(options[0]["enum"]))

    def members(
        self,
        tree: Members,
        schema: Schema,
        path: str,
        *,
        given: set[str] = frozenset(),  # type: ignore[assignment]
    ) -> None:
        """Check the members of an object, of which some are given by other means."""
        properties = schema.get("properties")
        if properties is None:
            others = schema.get("additionalProperties", {})
            for name, member in tree.members.items():
                self.tree(member, others if isinstance(others, dict) else {}, f"{path}.{name}")
            return
        for name, member in tree.members.items():
            if name not in properties or name in given:
                known = ", ".join(sorted(set(properties) - given))
                raise MappingMemberUnknown(
                    file=self.file, line=member.line, field=f"{path}.{name}", known=known
                )
            self.tree(member, properties[name], f"{path}.{name}")
        for name in schema.get("required", ()):
            if name not in tree.members and name not in given:
                raise MappingMemberMissing(file=self.file, line=tree.line, field=f"{path}.{name}")

    def _wrong(self, tree: Tree, path: str, wanted: str) -> None:
        literal = tree.template.literal if isinstance(tree, Text) else None
        raise MappingMemberWrong(
            file=self.file, line=tree.line, field=path, value=literal or "…", wanted=wanted
        )


def _options(schema: Schema) -> list[Schema]:
    """List the forms a value may have, one of which it must be in."""
    if "anyOf" not in schema:
        return [schema]
    return [option for part in schema["anyOf"] for option in _options(part)]


def _kind_of(tree: Tree) -> str:
    if isinstance(tree, Members):
        return "object"
    return "array" if isinstance(tree, Items) else "string"


def _kinds_of(schema: Schema) -> set[str]:
    if not schema:
        return {"object", "array", "string"}
    kind = str(schema.get("type", "object"))
    return {"string"} if kind == "integer" else {kind}


def typed(value: Json, schema: Schema) -> Json:
    """Turn the text of whole numbers into numbers where the action takes nothing else."""
    options = _options(schema)
    if isinstance(value, str):
        kinds = {option.get("type") for option in options}
        whole = "integer" in kinds and "string" not in kinds
        return int(value) if whole and _is_whole(value) else value
    for option in options:
        if isinstance(value, dict) and "properties" in option:
            known = option["properties"]
            return {name: typed(member, known.get(name, {})) for name, member in value.items()}
        if isinstance(value, list) and "items" in option:
            return [typed(member, option["items"]) for member in value]
    return value


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 15


def has_whole_numbers(schema: Schema) -> bool:
    """Tell whether an action takes a whole number anywhere, so that `typed` has work to do."""
    options = _options(schema)
    kinds = {option.get("type") for option in options}
    if "integer" in kinds and "string" not in kinds:
        return True
    inner = [member for o in options for member in o.get("properties", {}).values()]
    inner += [o["items"] for o in options if "items" in o]
    return any(has_whole_numbers(member) for member in inner)
