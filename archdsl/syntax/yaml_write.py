"""From the tree of a spec to its YAML form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from archdsl.syntax import spelling, tree
from archdsl.syntax.format import line_of, text_of
from archdsl.syntax.yaml_form import DECLARATIONS, FAN_OUT, is_file
from archdsl.syntax.yaml_text import Rows, Table, Written, write

_DEEPEST = 20
"""Below this many levels a list is written as text."""


def yaml_of(file: tree.File) -> str:
    """The YAML form of a tree: one mapping where the order of its items allows it, else a list of them."""
    rows = Rows()
    for item in file.items:
        group, name, written = _item(item)
        if written is None:
            rows.append(text_of(tree.File((item,), span=item.span)).removesuffix("\n"))
            continue
        table = rows[-1] if rows else None
        if not isinstance(table, Table) or not _takes(table, group, name):
            rows.append(table := Table())
        _put(table, group, name, written)
    for table in rows:
        if isinstance(table, Table) and "from" in table:
            table["from"] = _imports(table["from"])
    return write(rows[0] if len(rows) == 1 and isinstance(rows[0], Table) else rows or Table())


def _takes(table: Table, group: str, name: str) -> bool:
    """Whether an item can follow: in a group that is new, or is the last and has no item of its name."""
    if group not in table:
        return True
    named = table[group]
    return next(reversed(table)) == group and (
        isinstance(named, Rows) or (isinstance(named, Table) and name not in named)
    )


def _put(table: Table, group: str, name: str, written: Written) -> None:
    named = table.setdefault(group, Rows() if group == "from" else Table())
    if isinstance(named, Rows):
        named.append({name: written})
    elif isinstance(named, Table):
        named[name] = written


def _imports(rows: Written) -> Written:
    """Imports by their modules, where no module stands twice."""
    assert isinstance(rows, Rows)
    merged = Table({module: names for row in rows if isinstance(row, dict) for module, names in row.items()})
    return merged if len(merged) == len(rows) else rows


# --- expressions and flows ---------------------------------------------------------------------------------


def _expression(node: tree.Expr, level: int = 0) -> Written:
    """Lists and labels as YAML has them, the rest as text."""
    match node:
        case tree.Sequence(items) if level < _DEEPEST:
            return [_expression(item, level + 1) for item in items]
        case tree.Labelled(label, value) if level < _DEEPEST and (key := _label(label)) is not None:
            return {key: _expression(value, level + 1)}
    return line_of(node)


def _label(label: tree.Template) -> str | None:
    """A label as a key; none if it has labels in its braces, or would be read as an arrow."""
    inner = [node for part in label.parts if isinstance(part, tree.Node) for node in tree.walk(part)]
    text = spelling.label_text(label, lambda part: line_of(part, inside=True))
    return None if text == FAN_OUT or any(isinstance(node, tree.Template) for node in inner) else text


def _flow(node: tree.Expr) -> Written:
    match node:
        case tree.Pipe() | tree.FanOut():
            links = tree.links(node)
            return [_expression(links[0].source), *map(_step, links)]
        case tree.Sequence():
            return line_of(node)
    return _expression(node)


def _step(link: tree.Pipe | tree.FanOut) -> Written:
    written = _expression(tree.step(link))
    return written if isinstance(link, tree.Pipe) else {FAN_OUT: written}


def _lines(nodes: Iterable[tree.Node]) -> Written:
    return [line_of(node) for node in nodes]


# --- statements --------------------------------------------------------------------------------------------


def _statement(node: tree.Statement) -> Written:
    match node:
        case tree.Bind(targets, value) if (names := _names(targets)) not in DECLARATIONS:
            return {names: _flow(value)}
        case tree.Require(condition, None):
            return {"require": line_of(condition)}
        case tree.Require(condition, message):
            return {"require": {"condition": line_of(condition), "message": message}}
        case tree.InputDecl(name, axes):
            return {"input": {name.id: _lines(axes)}}
        case tree.SharedDecl(name, layer):
            return {"shared": {name.id: _expression(layer)}}
        case tree.ParameterDecl(name, sizes, None):
            return {"parameter": {name.id: _lines(sizes)}}
        case tree.ParameterDecl(name, sizes, tree.Node() as init):
            return {"parameter": {name.id: {"sizes": _lines(sizes), "init": _expression(init)}}}
        case tree.BufferDecl(name, sizes, value, persistent):
            fields: dict[str, Written] = {"sizes": _lines(sizes), "value": _expression(value)}
            return {"buffer": {name.id: fields if persistent else {**fields, "persistent": "false"}}}
    return line_of(node)


def _names(targets: Sequence[tree.Target]) -> str:
    return ", ".join(target.id for target in targets)


# --- items -------------------------------------------------------------------------------------------------


def _item(item: tree.Item) -> tuple[str, str, Written]:
    """The group of an item, its key there, and itself; None if only a text can say it."""
    match item:
        case tree.Import(module, file, names):
            return "from", module, _lines(names) if is_file(module) == file else None
        case tree.Block():
            return "blocks", item.name.id, _fields(item, body=Rows(map(_statement, item.body)))
        case tree.Network():
            return "networks", item.name.id, _network(item)
        case tree.Derived():
            return "networks", item.name.id, _derived(item)
        case tree.Ablation():
            return "ablations", item.name.id, _ablation(item)


def _fields(item: tree.Block | tree.Network | tree.Derived, **fields: Written) -> Written:
    """The keys of an item, without those of what it does not have; None if two parameters have one name."""
    params = {parameter.name: _parameter(parameter) for parameter in item.parameters}
    if len(params) < len(item.parameters):
        return None
    return Table({key: value for key, value in {"doc": item.doc, "params": params, **fields}.items() if value})


def _parameter(node: tree.Parameter) -> Written:
    if node.type is not None:
        default: dict[str, Written] = {"default": _expression(node.default)} if node.default else {}
        return {"type": line_of(node.type), **default}
    written = _expression(node.default) if node.default else None
    return line_of(node.default) if node.default and isinstance(written, dict) and "type" in written else written


def _network(item: tree.Network) -> Written:
    """The inputs that a body begins with have a key of their own."""
    inputs: dict[str, Written] = {}
    for statement in item.body:
        if not isinstance(statement, tree.InputDecl) or statement.name.id in inputs:
            break
        inputs[statement.name.id] = _lines(statement.axes)
    return _fields(item, input=inputs, body=Rows(map(_statement, item.body[len(inputs) :])))


def _derived(item: tree.Derived) -> Written:
    arguments = {argument.name: _expression(argument.value) for argument in item.arguments if argument.name}
    replaces = [{replace.pattern: _expression(replace.layer)} for replace in item.replaces]
    patterns = {pattern: layer for replace in replaces for pattern, layer in replace.items()}
    replace: Written = Table(patterns) if len(patterns) == len(replaces) else Rows(replaces)
    if len(arguments) == len(item.arguments):
        return _fields(item, base=item.base.id, arguments=arguments, replace=replace)
    call = tree.Call(item.base, item.arguments, span=item.span)
    return _fields(item, base=line_of(call), replace=replace)


def _ablation(item: tree.Ablation) -> Written:
    fields = Table({"doc": item.doc} if item.doc else {})
    fields["of"] = item.of.id
    if item.mode:
        fields["by"] = line_of(item.mode)
    rows = [_factor(factor) for factor in item.body]
    runs = [(key, [written for _, written in run]) for key, run in groupby(rows, key=lambda row: row[0])]
    merged = {key: _merged(key, written) for key, written in runs}
    if len(merged) < len(runs) or None in merged.values():
        fields["body"] = Rows({key: written} for key, written in rows)
    else:
        fields.update(merged)
    return fields


def _factor(node: tree.Vary | tree.Match | tree.Where | tree.Replace) -> tuple[str, Written]:
    match node:
        case tree.Vary(names, values):
            return "vary", {_names(names): _expression(values)}
        case tree.Match(measure, within, target, by, low, high):
            to: dict[str, Written] = {"to": line_of(target)} if target else {}
            match: dict[str, Written] = {"measure": measure, "within": f"{spelling.percentage(within)}%", **to}
            return "match", {**match, "by": by.id, "in": _lines((low, high))}
        case tree.Where(condition):
            return "where", line_of(condition)
        case tree.Replace(pattern, layer):
            return "replace", {pattern: _expression(layer)}


def _merged(key: str, rows: list[Written]) -> Written:
    """Factors of one kind below one key; None if a key among them stands twice."""
    if len(rows) == 1 or key in ("match", "where"):
        return rows[0] if len(rows) == 1 else rows
    merged = {name: value for row in rows if isinstance(row, dict) for name, value in row.items()}
    return merged if len(merged) == len(rows) else None
