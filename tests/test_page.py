"""The page that explores a network, in a real browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import archdsl
from archdsl.draw.html import inert
from archdsl.draw.outline import outline

sync_api = pytest.importorskip("playwright.sync_api", reason="the page is tested with playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="the page is tested in Chromium, which is not installed")
QUIET = """
--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
--disable-sync
""".split()
NETWORKS = ["resnest50", "skresnet50", "densenet121", "googlenet", "vit_tiny"]
FILES = {
    "densenet121": "examples/densenet121.arch",
    "googlenet": "examples/inception.arch",
    "vit_tiny": "examples/vit_tiny.arch",
}

MEASURE = """() => {
  const parts = [...document.querySelectorAll('.part')].map((e) => ({
    frame: e.classList.contains('frame'), key: e.dataset.key, x: e.offsetLeft, y: e.offsetTop,
    w: e.offsetWidth, h: e.offsetHeight, wide: e.scrollWidth > e.clientWidth + 1 }));
  const lines = [...document.querySelectorAll('#wires path')].map((p) => {
    const points = []; const long = p.getTotalLength();
    for (let at = 0; at <= long; at += 2) { const q = p.getPointAtLength(at); points.push([q.x, q.y]); }
    return points; });
  return { parts, lines };
}"""


def page_of(name: str, folder: Path, **options: Any) -> Path:
    path = folder / f"{name}.html"
    archdsl.load(FILES.get(name, name)).draw(path, **options)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """A page that fails the test if it says anything on its console, or asks for anything but itself."""
    page = browser.new_page(viewport={"width": 1300, "height": 850})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    assert said == []
    assert all(url.startswith(("file:", "data:,")) for url in asked)
    assert len({url.partition("#")[0] for url in asked if url.startswith("file:")}) <= 1


def part(page: Any, name: str) -> Any:
    return page.locator(f".part[data-key='{name}']")


def within(inner: dict[str, Any], outer: dict[str, Any]) -> bool:
    return bool(inner["key"].startswith((outer["key"] + "/", outer["key"] + "~")))


def overlap(a: dict[str, Any], b: dict[str, Any]) -> bool:
    across = a["x"] < b["x"] + b["w"] - 1 and b["x"] < a["x"] + a["w"] - 1
    return across and a["y"] < b["y"] + b["h"] - 1 and b["y"] < a["y"] + a["h"] - 1


def check_places(found: dict[str, Any]) -> None:
    """No box lies on another one, all text is inside its box, and no line goes through a box."""
    parts = found["parts"]
    for i, a in enumerate(parts):
        assert a["frame"] or not a["wide"], a["key"]
        for b in parts[i + 1 :]:
            assert not overlap(a, b) or within(b, a), (a["key"], b["key"])
    boxes = [p for p in parts if not p["frame"]]
    for line in found["lines"]:
        for b in boxes:
            for x, y in line:
                inside = b["x"] + 2 < x < b["x"] + b["w"] - 2 and b["y"] + 2 < y < b["y"] + b["h"] - 2
                assert not inside, (b["key"], x, y)


def test_lanes_of_split_attention() -> None:
    assert archdsl.load("resnest50").picture("html").decode().count('"split 2 of 2"') >= 4


def test_a_convolution_opens_to_what_comes_before_it() -> None:
    data = outline(archdsl.load(FILES["densenet121"])._concrete({}), "")
    title, notes, body = (data["fields"].index(name) for name in ("title", "notes", "body"))
    found = [row for row in data["parts"] if row[title] == "1×1 conv, 128" and row[notes] == ["after BN · ReLU"]]
    assert found
    for row in found:
        inside = [data["parts"][place[0]][title] for place in data["bodies"][row[body]]]
        assert inside == ["batch norm", "ReLU", "1×1 conv, 128"]


def test_size_and_bytes() -> None:
    data = archdsl.load("resnest50").picture("html")
    assert len(data) < 100_000
    assert data == archdsl.load("resnest50").picture("html")


def test_strings_of_a_spec_stay_strings() -> None:
    hostile = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)>  ' \" {{data}}"
    text = f"## {hostile}\nnetwork n {{\n  input x: [N, 3, H = 8, W = 8]\n  out = x -> c: conv(4, 3) # {hostile}\n}}\n"
    page = archdsl.loads(text).picture("html").decode()
    assert page.count("<script") == 2 and page.count("</script") == 2
    assert "<img" not in page and "<!--" not in page
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert json.loads(data)["doc"].startswith("</script><script>alert(1)")


def test_data_never_ends_its_script() -> None:
    data = {"a": "</script>", "b": "<!--\u2028\u2029&>"}
    text = inert(data)
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == data


@needs_browser
@pytest.mark.parametrize("name", NETWORKS)
def test_boxes_and_lines_keep_apart(name: str, tmp_path: Path, opened: Any) -> None:
    opened.goto(page_of(name, tmp_path).as_uri())
    check_places(opened.evaluate(MEASURE))
    closed = opened.locator(".part").count()
    opened.click("#expand")
    assert opened.locator(".part").count() > closed
    check_places(opened.evaluate(MEASURE))
    opened.click("#collapse")
    assert opened.locator(".part").count() == closed


@needs_browser
def test_mouse_and_keys(tmp_path: Path, opened: Any) -> None:
    opened.goto(page_of("resnest50", tmp_path).as_uri())
    stage = part(opened, "/layer3")
    assert stage.get_attribute("aria-expanded") == "false"
    stage.click()
    assert stage.get_attribute("aria-expanded") == "true"
    assert opened.url.endswith("#layer3")
    opened.keyboard.press("ArrowRight")
    assert opened.url.endswith("#layer3.0")
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Enter")
    assert part(opened, "/layer3/1").get_attribute("aria-expanded") == "true"
    opened.keyboard.press("]")
    assert opened.url.endswith("#layer3.2") and "number 2" in opened.inner_text("#panel")
    opened.keyboard.press("u")
    assert opened.locator(".part[data-key^='/layer3/1~']").count() == 5
    assert opened.url.endswith("#layer3.2")
    opened.keyboard.press("ArrowLeft")
    opened.keyboard.press("ArrowLeft")
    assert stage.get_attribute("aria-expanded") == "false"
    opened.keyboard.press("Escape")
    assert "#" not in opened.url


@needs_browser
def test_search_opens_what_it_finds(tmp_path: Path, opened: Any) -> None:
    opened.goto(page_of("resnest50", tmp_path).as_uri())
    opened.keyboard.press("/")
    opened.keyboard.type("layer3.4.conv2.fc1")
    assert opened.get_attribute("#query", "aria-expanded") == "true"
    opened.keyboard.press("Enter")
    assert opened.url.endswith("#layer3.4.conv2.fc1")
    assert "layer3.4.conv2.fc1" in opened.inner_text("#panel")
    assert "33,152" in opened.inner_text("#panel")
    assert opened.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"


@needs_browser
@pytest.mark.parametrize("name", ["layer3.0.conv2", "layer4.2.conv3", "layer1.0.bn1"])
def test_links(name: str, tmp_path: Path, opened: Any) -> None:
    opened.goto(f"{page_of('resnest50', tmp_path).as_uri()}#{name}")
    chosen = opened.locator(".part[aria-selected='true']")
    assert chosen.is_visible() and name in opened.inner_text("#panel")
    opened.evaluate("Promise.all(document.getAnimations().map(glide => glide.finished)).then(() => 0)")
    box, stage = chosen.bounding_box(), opened.locator("#stage").bounding_box()
    assert stage["y"] - 1 < box["y"] < stage["y"] + stage["height"]


@needs_browser
def test_theme_colours_zoom_and_print(tmp_path: Path, opened: Any) -> None:
    opened.emulate_media(color_scheme="dark", reduced_motion="reduce")
    opened.goto(page_of("resnest50", tmp_path).as_uri())
    assert opened.get_attribute("html", "data-theme") == "dark"
    opened.click("#theme")
    assert opened.get_attribute("html", "data-theme") == "light"
    opened.select_option("#colour", "params")
    assert "59 %" in part(opened, "/layer4").inner_text()
    before = opened.inner_text("#fit")
    opened.click("#in")
    assert opened.inner_text("#fit") != before
    opened.mouse.move(300, 500)
    moved = opened.evaluate("camera.y")
    opened.mouse.wheel(0, 120)
    opened.wait_for_function(f"camera.y === {moved} - 120")
    assert opened.pdf().startswith(b"%PDF")


@needs_browser
def test_a_spec_cannot_run_anything(tmp_path: Path, opened: Any) -> None:
    text = (
        "## <img src=x onerror=alert(1)>\nnetwork n {\n  input x: [N, 3, H = 8, W = 8]\n  out = x -> c: conv(4, 3)\n}\n"
    )
    path = tmp_path / "n.html"
    archdsl.loads(text).draw(path)
    opened.goto(path.as_uri())
    assert "<img src=x onerror=alert(1)>" in opened.inner_text("#panel")
    assert opened.locator("img").count() == 0


MESH = """
network mesh {
  input x: [N, 8, H = 8, W = 8]
  a = x -> a: conv(8, 3)
  b = x -> b: conv(8, 3)
  c = a + b -> c: conv(8, 3)
  d = a + c -> d: conv(8, 3)
  out = (b, c, d) -> concat(axis = 1) -> e: conv(8, 1)
}
"""


@needs_browser
def test_what_is_not_series_parallel(tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "mesh.html"
    archdsl.loads(MESH).draw(path)
    opened.goto(path.as_uri())
    found = opened.evaluate(MEASURE)
    assert len(found["parts"]) == 10
    check_places(found)
