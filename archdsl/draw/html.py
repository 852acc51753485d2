"""The page that explores a network: one file that asks for nothing else, with its data, its style and its program."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from archdsl.draw import words
from archdsl.draw.outline import Data, number, outline
from archdsl.lower.record import Record

PROGRAM = ("tree.js", "layout.js", "view.js", "act.js")

POLICY = "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; base-uri 'none'"
"""What the page may do: run its own program, in its own style, and nothing that comes from elsewhere."""


def html(record: Record, name: str, doc: str, at: str, color_by: str, theme: str) -> str:
    """The page of a network, which starts with the part `at` open; the theme `paper` is that of the reader's screen."""
    data: Data = {"name": name, "doc": doc, "at": at, "colour": color_by, "theme": theme}
    data |= {"params": record.counts.params, "macs": number(record.counts.macs)}
    program, style = "".join(map(_ours, PROGRAM)), _ours("explorer.css")
    policy = POLICY.format(script=_hash(program), style=_hash(style))
    filled = {
        "policy": policy,
        "title": escape(name),
        "about": escape(_about(record, name, doc)),
        "style": style,
        "data": inert(data | outline(record, at)),
        "program": program,
    }
    page, *rest = _ours("explorer.html").split("{{")
    for piece in rest:
        field, _, text = piece.partition("}}")
        page += filled[field] + text
    return page


def inert(data: Data) -> str:
    """Data as JSON that ends no script and opens no comment, whatever its strings say."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _about(record: Record, name: str, doc: str) -> str:
    cost = f"{words.amount(record.counts.params)} parameters"
    return f"{name}: {doc.strip()} {cost}.".replace("\n", " ")


def _ours(name: str) -> str:
    return files("archdsl.draw").joinpath("web", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def image(picture: bytes, name: str) -> str:
    """A picture as an element of its own, whose names are apart from those of the page around it."""
    return f'<img alt="{name}" src="data:image/svg+xml;base64,{b64encode(picture).decode()}">'
