"""A page as PDF or PNG, drawn by matplotlib from the same shapes."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from archdsl.draw.metrics import width as wide_as
from archdsl.draw.page import EDGE_WIDTH, HOP, LINE_WIDTH, Group, Item, Page, Polygon, Rect, Stroke, Words
from archdsl.draw.svg import on_way
from archdsl.report import ArchError, errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 0.75
"""Points in a pixel."""
FONTS = ["Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"]


def plotted(page: Page, format: Literal["pdf", "png"], width: float | None) -> bytes:
    """The contents of a file, `width` pixels wide or as wide as the page; fonts are embedded."""
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        span = errors.outside(f"format {format}")
        raise ArchError([errors.not_installed(span, "matplotlib", "pip install 'archdsl[draw]'")]) from None
    scale = (width or page.width) / page.width
    settings: Any = {"pdf.fonttype": 42, "font.sans-serif": _known(), "font.family": "sans-serif"}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(page.width / 96, page.height / 96), facecolor=page.background)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, page.width)
        axes.set_ylim(page.height, 0)
        axes.axis("off")
        for item in page.items:
            _draw(axes, item)
        out = BytesIO()
        metadata = {"CreationDate": None} if format == "pdf" else {"Software": None}
        figure.savefig(out, format=format, dpi=192 * scale, facecolor=page.background, metadata=metadata)
    return out.getvalue()


def _known() -> list[str]:
    """Those fonts that this machine has, the last of them always."""
    from matplotlib.font_manager import fontManager

    names = {font.name for font in fontManager.ttflist}
    return [font for font in FONTS if font in names]


def _draw(axes: Axes, item: Item) -> None:
    match item:
        case Group():
            for inner in item.items:
                _draw(axes, inner)
        case Rect():
            _rect(axes, item)
        case Words():
            _words(axes, item)
        case Stroke():
            _stroke(axes, item)
        case Polygon():
            axes.fill(*zip(*item.points, strict=True), facecolor=item.fill, linewidth=0)


def _rect(axes: Axes, item: Rect) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    outline: dict[str, Any] = {
        "facecolor": item.fill or "none",
        "edgecolor": item.stroke or "none",
        "linewidth": EDGE_WIDTH * POINTS if item.stroke else 0,
        "linestyle": (0, (5, 3)) if item.dashed else "solid",
    }
    if item.width == item.height == 2 * item.radius:
        middle = (item.x + item.radius, item.y + item.radius)
        axes.add_patch(Circle(middle, item.radius, **outline))
        return
    style = f"round,pad=0,rounding_size={min(item.radius, item.height / 2, item.width / 2)}"
    shape = style if item.radius else "square,pad=0"
    axes.add_patch(FancyBboxPatch((item.x, item.y), item.width, item.height, boxstyle=shape, **outline))


def _words(axes: Axes, item: Words) -> None:
    """Text, smaller where this machine's font is wider than what was measured."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    weight = "bold" if item.bold else "normal"
    own = TextPath((0, 0), item.text, size=item.size, prop=FontProperties(weight=weight), usetex=False)
    measured = wide_as(item.text, item.size, item.bold)
    size = item.size * min(1.0, measured / max(own.get_extents().width, 1.0))
    across: dict[str, Literal["left", "center", "right"]] = {"start": "left", "middle": "center", "end": "right"}
    axes.text(
        item.x,
        item.y,
        item.text,
        fontsize=size * POINTS,
        color=item.ink,
        ha=across[item.anchor],
        va="baseline",
        weight=weight,
        parse_math=False,
    )


def _stroke(axes: Axes, item: Stroke) -> None:
    from matplotlib.patches import Arc

    look: dict[str, Any] = {"color": item.ink, "linewidth": LINE_WIDTH * POINTS}
    line = look | {"linestyle": (0, (5, 3)) if item.dashed else "solid"}
    for (ax, ay), (bx, by) in zip(item.points, item.points[1:], strict=False):
        hops = sorted(hop for hop in item.hops if on_way(hop, (ax, ay), (bx, by)))
        if not hops:
            axes.plot((ax, bx), (ay, by), **line, solid_capstyle="projecting")
            continue
        left, right = min(ax, bx), max(ax, bx)
        for x, y in hops:
            axes.plot((left, x - HOP), (ay, ay), **line)
            arc = Arc((x, y), 2 * HOP, 2 * HOP, theta1=180, theta2=360, **look)
            axes.add_patch(arc)
            left = x + HOP
        axes.plot((left, right), (ay, ay), **line)
