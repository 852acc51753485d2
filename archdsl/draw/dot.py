"""A figure as text for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from archdsl.draw.figure import Body, Figure
from archdsl.draw.flow import flows, is_open
from archdsl.draw.layout import title_of
from archdsl.draw.measure import is_merge, lines
from archdsl.draw.paint import filled
from archdsl.draw.theme import Heat, Theme
from archdsl.report import ArchError, errors

INCH = 96
"""In pixels."""


def dot(figure: Figure, direction: str | None, theme: Theme, heat: Heat, width: float | None) -> str:
    """The figure in Graphviz' language; blocks are clusters."""
    turned = direction == "right" or (direction is None and figure.level == "network")
    head = [
        f"digraph {_quoted(figure.title)} {{",
        f"  rankdir={'LR' if turned else 'TB'};",
        f'  bgcolor="{theme.background}"; fontname="Helvetica"; fontcolor="{theme.muted}";',
        *([f'  size="{width / INCH:.3f},1000!";'] if width is not None else []),
        f'  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, fontcolor="{theme.ink}"];',
        f'  edge [arrowsize=0.7, color="{theme.line}"];',
    ]
    edges = [f"  {_quoted(a.id)} -> {_quoted(b.id)};" for a, b in flows(figure.body)]
    return "\n".join([*head, *_nodes(figure.body, "  ", True, theme, heat), *edges, "}"]) + "\n"


def laid_out_by_dot(text: str, format: str) -> bytes:
    """What Graphviz makes of a text; both its Python package and its program have to be there."""
    span = errors.outside("engine dot")
    try:
        import graphviz
    except ModuleNotFoundError:
        package = "the Python package graphviz"
        raise ArchError([errors.not_installed(span, package, "pip install 'archdsl[draw]'")]) from None
    try:
        drawn: bytes = graphviz.Source(text).pipe(format=format)
    except graphviz.ExecutableNotFound:
        program = "the program `dot` of Graphviz"
        raise ArchError([errors.not_installed(span, program, "apt-get install graphviz")]) from None
    return drawn


def _nodes(body: Body, indent: str, outermost: bool, theme: Theme, heat: Heat) -> Iterator[str]:
    for part in body.parts if outermost else body.inner:
        if part.body is not None and is_open(part):
            yield f"{indent}subgraph {_quoted('cluster ' + part.id)} {{"
            yield f'{indent}  label={_quoted(title_of(part))}; style="dashed,rounded"; color="{theme.frame}";'
            yield from _nodes(part.body, indent + "  ", False, theme, heat)
            yield f"{indent}}}"
            continue
        label = "\n".join(text.text for text in lines(part))
        shape = ", shape=circle" if is_merge(part) and len(part.title) == 1 else ""
        colours = f'fillcolor="{filled(part, theme, heat)}", color="{theme.stroke(part.look)}"'
        tip = f"tooltip={_quoted(part.name or part.title)}"
        yield f"{indent}{_quoted(part.id)} [label={_quoted(label)}, {colours}, {tip}{shape}];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
