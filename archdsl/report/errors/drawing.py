"""Mistakes with pictures."""

from __future__ import annotations

from archdsl.report.diagnostic import Label
from archdsl.report.errors.catalogue import Words, listed, mistake, nearest
from archdsl.report.source import Span


@mistake
def unknown_format(span: Span, suffix: str, known: list[str]) -> Words:
    """A picture is to be written in a format that there is none of; the suffix of the file says the format.

    For example:

        archdsl draw resnet50 -o resnet50.gif
    """
    help = nearest(suffix, known) or listed(known)
    return Words("there is no such format", Label(span, f"`{suffix}`"), help=help)


@mistake
def unknown_choice(span: Span, option: str, word: str, known: list[str]) -> Words:
    """A picture is asked for in a way that there is none of.

    For example:

        archdsl.load("resnet50").draw("resnet50.svg", level="stages")
    """
    help = nearest(word, known) or listed(known)
    return Words(f"there is no such `{option}`", Label(span, f"`{word}`"), help=help)


@mistake
def format_of_one(span: Span, suffix: str, known: list[str]) -> Words:
    """What differs between two networks is to be drawn in a format that it is not written in.

    A page to explore, and text for Graphviz or Mermaid, are of one network:

        archdsl diff resnet50 resnest50 --draw difference.html
    """
    return Words("two networks are not drawn in this format", Label(span, f"`{suffix}`"), help=listed(known))


@mistake
def not_installed(span: Span, package: str, command: str) -> Words:
    """What was asked for needs a package that is not installed; everything else does without it.

    Graphviz lays out where it is asked to, matplotlib writes plots that are not SVG, studies run on pebble or on Ray:

        archdsl draw resnet50 --engine dot
        archdsl ablate net.arch:gates --plot gates.png
        archdsl study run net.arch:gates --train digits:train --engine ray
    """
    return Words(f"this needs {package}", Label(span, f"{package} is not installed"), help=f"`{command}`")
