"""A figure as text for Mermaid, which many places that show Markdown draw by themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archdsl.draw.figure import Body, Figure
from archdsl.draw.flow import flows, is_open
from archdsl.draw.layout import title_of
from archdsl.draw.measure import is_merge, lines


def mermaid(figure: Figure, direction: str | None = None) -> str:
    """The figure as a flow chart; blocks are subgraphs."""
    turned = direction == "right" or (direction is None and figure.level == "network")
    names = {part.id: f"n{i}" for i, part in enumerate(figure.body.walk())}
    edges = [f"  {names[a.id]} --> {names[b.id]}" for a, b in flows(figure.body)]
    return "\n".join([f"flowchart {'LR' if turned else 'TD'}", *_nodes(figure.body, names, "  ", True), *edges]) + "\n"


def _nodes(body: Body, names: Mapping[str, str], indent: str, outermost: bool) -> Iterator[str]:
    for part in body.parts if outermost else body.inner:
        name = names[part.id]
        if part.body is not None and is_open(part):
            yield f"{indent}subgraph {name}[{_quoted(title_of(part))}]"
            yield from _nodes(part.body, names, indent + "  ", False)
            yield f"{indent}end"
            continue
        label = _quoted("\n".join(text.text for text in lines(part)))
        round_shape = is_merge(part) and len(part.title) == 1
        yield f"{indent}{name}(({label}))" if round_shape else f"{indent}{name}[{label}]"


def _quoted(text: str) -> str:
    """Text that Mermaid takes as text: what it or a browser would read as markup is written by number."""
    plain = "".join(char if char.isalnum() or char in " .,×·/→+−-()|…" else f"#{ord(char)};" for char in text)
    return '"' + plain.replace("#10;", "<br/>") + '"'
