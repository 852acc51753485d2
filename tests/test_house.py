"""The shape of the house: who may import whom, and what a command must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "archdsl"
FLOORS = [
    {"limits", "light"},
    {"sizes", "report"},
    {"shapes"},
    {"syntax", "ops"},
    {"lower"},
    {"passes"},
    {"graph", "emit", "diff", "draw", "weights", "receptive"},
    {"ablate", "compare", "stats"},
    {"network"},
    {"checked"},
    {"load"},
    {"study"},
    {"__init__"},
    {"cli", "__main__"},
]
HEAVY = {"torch", "networkx", "yaml", "lark", "matplotlib", "pebble", "ray", "sqlite3", "onnx"}
HOME = {
    "lark": {"syntax"},
    "networkx": {"graph", "network"},
    "torch": {"emit", "network", "study", "weights"},
    "pebble": {"study"},
    "ray": {"study"},
    "onnx": {"emit"},
    "onnx_ir": {"emit"},
    "onnxscript": {"emit"},
    "sqlite3": {"study"},
    "click": {"cli"},
    "yaml": {"syntax"},
    "matplotlib": {"ablate", "draw"},
}


def room(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if name in rooms)


def imports(path: Path) -> list[tuple[str, ast.stmt]]:
    found: list[tuple[str, ast.stmt]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node))
        elif isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
    return found


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda p: str(p.relative_to(HOUSE)))
def test_imports_go_down(path: Path) -> None:
    own = room(path)
    for module, _ in imports(path):
        package, *rest = module.split(".")
        if package == "archdsl" and rest and rest[0] != own:
            assert floor(rest[0]) < floor(own), f"{own} imports {module}"
        assert package not in HOME or own in HOME[package], f"{own} imports {module}"


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_file_is_a_drawer_for_odds_and_ends(path: Path) -> None:
    assert path.stem not in {"utils", "common", "helpers", "core", "base"}


@pytest.mark.parametrize(
    "command",
    [
        "check specs/resnest50.arch",
        "stats resnet18",
        "diff resnet18 resnet34",
        "draw resnest50 -o -",
        "compile resnest50 -o -",
        "ops conv",
        "explain unknown-name",
    ],
)
def test_commands_do_without_heavy_libraries(command: str) -> None:
    program = (
        "import sys; from archdsl.cli import main\n"
        f"try: main({command.split()!r}, standalone_mode=False)\nexcept SystemExit: pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE.parent
    )
    assert found.stderr.splitlines()[-1] == "[]"
