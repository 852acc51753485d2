"""A figure as text for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from shutil import which
from subprocess import run

from archdsl.draw.figure import Body, Figure
from archdsl.draw.flow import flows, is_open
from archdsl.draw.layout import title_of
from archdsl.draw.measure import is_merge, lines
from archdsl.draw.theme import THEMES
from archdsl.report import ArchError, errors


def dot(figure: Figure, direction: str | None = None) -> str:
    """The figure in Graphviz' language; blocks are clusters."""
    turned = direction == "right" or (direction is None and figure.level == "network")
    head = [
        f"digraph {_quoted(figure.title)} {{",
        f"  rankdir={'LR' if turned else 'TB'};",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12];',
        '  edge [arrowsize=0.7, color="#333333"];',
    ]
    edges = [f"  {_quoted(a.id)} -> {_quoted(b.id)};" for a, b in flows(figure.body)]
    return "\n".join([*head, *_nodes(figure.body, "  ", True), *edges, "}"]) + "\n"


def laid_out_by_dot(text: str, format: str) -> bytes:
    """What Graphviz' own program makes of a text."""
    program = which("dot")
    if program is None:
        span = errors.outside("engine dot")
        raise ArchError([errors.not_installed(span, "Graphviz", "apt-get install graphviz")])
    return run([program, f"-T{format}"], input=text.encode(), capture_output=True, check=True).stdout


def _nodes(body: Body, indent: str, outermost: bool) -> Iterator[str]:
    theme = THEMES["paper"]
    for part in body.parts if outermost else body.inner:
        if part.body is not None and is_open(part):
            yield f"{indent}subgraph {_quoted('cluster ' + part.id)} {{"
            yield f'{indent}  label={_quoted(title_of(part))}; style="dashed,rounded"; fontname="Helvetica";'
            yield from _nodes(part.body, indent + "  ", False)
            yield f"{indent}}}"
            continue
        times = [f"×{part.units}"] if part.units > 1 else []
        label = "\n".join([*(text.text for text in lines(part)), *times])
        shape = ", shape=circle" if is_merge(part) and len(part.title) == 1 else ""
        colours = f'fillcolor="{theme.fill(part.look)}", color="{theme.stroke(part.look)}"'
        tip = f"tooltip={_quoted(part.name or part.title)}"
        yield f"{indent}{_quoted(part.id)} [label={_quoted(label)}, {colours}, {tip}{shape}];"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
