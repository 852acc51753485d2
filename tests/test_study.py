"""Studies through the command line: real processes, killed at the worst moment, and what is left of them."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import scipy.stats
from click.testing import CliRunner

from archdsl.cli.main import main
from archdsl.study.function import code_of
from archdsl.study.gpus import hands
from archdsl.study.results import mean_and_std, t_bound

EXAMPLES = Path(__file__).parent.parent / "examples"
COMMAND = str(Path(sys.executable).parent / "archdsl")
PATIENCE = 150
SPEC = """
network net(width = 4) {
  input image: [N, 1, 8, 8]
  out = image -> stem: conv(width, 3) -> relu -> global_avg_pool -> flatten -> fc: linear(10)
}
ablation widths of net { vary width in [4, 6] }
"""
ONE_ROW = SPEC.replace("[4, 6]", "[4]")
FUNCTIONS = '''
import os, subprocess, time

def note(trial):
    with open("ran.txt", "a") as file:
        print(trial.id, os.getpid(), file=file)

def quick(model, seed, trial):
    """What it gives is known."""
    note(trial)
    print("words of", trial.variant)
    return {"score": 10 * seed + (seed + 2) * (trial.variant != "net")}

def gpu(model, seed, trial):
    """Which GPU it sees, while both trials run."""
    note(trial)
    while len(open("ran.txt").readlines()) < 2:
        time.sleep(0.01)
    return {"gpu": int(os.environ["CUDA_VISIBLE_DEVICES"])}

def wrong(model, seed, trial):
    note(trial)
    raise ValueError("no data")

def stuck_once(model, seed, trial):
    note(trial)
    if trial.variant != "net" and not os.path.exists("go"):
        subprocess.Popen(["sleep", "997"])
        time.sleep(600)
    return {"score": 1}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "net.arch").write_text(SPEC)
    (tmp_path / "fn.py").write_text(FUNCTIONS)
    return tmp_path


def study(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [COMMAND, "study", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=PATIENCE)


def says(code: str, found: subprocess.CompletedProcess[str]) -> bool:
    return f"error[{code}]" in found.stderr


def run(folder: Path, function: str, *arguments: str, spec: str = "net.arch") -> subprocess.CompletedProcess[str]:
    return study(folder, "run", spec, "--train", f"fn:{function}", *arguments)


def started(folder: Path, function: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [COMMAND, "study", "run", "net.arch", "--train", f"fn:{function}", "--seeds", "1", *arguments]
    with open(folder / "driver.txt", "wb") as file:
        return subprocess.Popen(command, cwd=folder, stdout=file, stderr=file)


def ran(folder: Path) -> list[tuple[str, int]]:
    """The trials that were begun, with their processes, in order."""
    file = folder / "ran.txt"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(id, int(pid)) for id, pid in map(str.split, lines)]


def trials(folder: Path, store: str = "widths.sqlite") -> list[dict[str, Any]]:
    """What `status` says, read in this process, which spares the start of another."""
    told = CliRunner().invoke(main, ["study", "status", str(folder / store), "--json"]).stdout
    found: list[dict[str, Any]] = json.loads(told)["trials"]
    return found


def states(folder: Path) -> list[str]:
    return [trial["state"] for trial in trials(folder)]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def alive(group: int) -> bool:
    """Whether any process of a group is left that is more than its parent's memory of it."""
    for process in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, process_group = process.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(process_group) == group and state != "Z":
            return True
    return False


def test_a_study_goes_on_from_what_is_there(folder: Path) -> None:
    (folder / "net.arch").write_text(ONE_ROW)
    first = run(folder, "quick", "--seeds", "2", "--workers", "2")
    assert first.returncode == 0, first.stderr
    assert first.stderr.endswith("widths.sqlite: 2 done\n")
    assert len({id for id, _ in ran(folder)}) == len(ran(folder)) == 2
    rows = trials(folder)
    assert [(row["trial"]["variant"], row["trial"]["seed"]) for row in rows] == [("net", 0), ("net", 1)]
    assert "words of net" in (folder / rows[0]["log"]).read_text()
    (folder / "net.arch").write_text(SPEC)
    (folder / "fn.py").write_text("# a comment\n" + FUNCTIONS.replace("What it gives is known.", "Known."))
    assert run(folder, "quick", "--seeds", "2", "--workers", "2").returncode == 0
    assert len({id for id, _ in ran(folder)}) == len(ran(folder)) == 4
    baseline, *others = json.loads(study(folder, "results", "widths.sqlite", "--json").stdout)["variants"]
    assert baseline["measures"]["score"]["values"] == {"0": 0, "1": 10}
    difference = others[0]["measures"]["score"]["difference"]
    half = scipy.stats.t.ppf(0.975, 1) * math.sqrt(0.5) / math.sqrt(2)
    assert difference["mean"] == 2.5
    assert (difference["low"], difference["high"]) == pytest.approx((2.5 - half, 2.5 + half))
    assert "+2.5    -3.9 … +8.9" in study(folder, "results", "widths.sqlite").stdout


def test_changed_code_runs_anew_unless_it_is_said_to_be_the_same(folder: Path) -> None:
    (folder / "net.arch").write_text(ONE_ROW)
    run(folder, "quick", "--seeds", "1")
    (folder / "fn.py").write_text(FUNCTIONS.replace("10 * seed", "20 * seed"))
    assert run(folder, "quick", "--seeds", "1", "--same-code").returncode == 0
    assert len(ran(folder)) == 1
    (folder / "fn.py").write_text(FUNCTIONS.replace("10 * seed", "30 * seed"))
    assert (
        "fn:quick has changed; trials done with its former code are kept, and not used: 1"
        in run(folder, "quick", "--seeds", "1").stderr
    )
    assert len(ran(folder)) == 2


def test_a_python_error_is_not_tried_again(folder: Path) -> None:
    (folder / "net.arch").write_text(ONE_ROW)
    found = run(folder, "wrong", "--seeds", "1", "--retries", "3")
    assert found.returncode == 1
    assert "failed, ValueError: no data" in found.stderr
    assert len(ran(folder)) == 1
    assert "Traceback" in (folder / trials(folder)[0]["log"]).read_text()
    assert run(folder, "wrong", "--seeds", "1").returncode == 1
    assert len(ran(folder)) == 1
    assert run(folder, "wrong", "--seeds", "1", "--again").returncode == 1
    assert len(ran(folder)) == 2


@pytest.mark.slow
def test_a_timeout_is_tried_again_and_leaves_nothing(folder: Path) -> None:
    found = run(folder, "stuck_once", "--seeds", "1", "--timeout", "20", "--workers", "2")
    assert found.returncode == 1
    assert "longer than 20 seconds; it will be tried again" in found.stderr
    assert states(folder) == ["done", "timed out"]
    assert [row["attempts"] for row in trials(folder)] == [1, 2]
    assert not any(alive(pid) for _, pid in ran(folder))


def test_a_killed_worker_costs_only_its_trial(folder: Path) -> None:
    driver = started(folder, "stuck_once", "--workers", "2")
    try:
        wait_for(lambda: len(ran(folder)) == 2)
        (stuck,) = (pid for id, pid in ran(folder) if alive(pid) and id == trials(folder)[1]["trial"]["id"])
        (folder / "go").touch()
        os.kill(stuck, signal.SIGKILL)
        assert driver.wait(PATIENCE) == 0
    finally:
        driver.kill()
    assert "died, its process was ended by SIGKILL" in (folder / "driver.txt").read_text()
    assert [(row["state"], row["attempts"]) for row in trials(folder)] == [("done", 1), ("done", 2)]
    assert not alive(stuck)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_a_driver_that_ends_leaves_nothing_and_loses_nothing(folder: Path, number: int, code: int) -> None:
    driver = started(folder, "stuck_once")
    try:
        wait_for(lambda: len(ran(folder)) == 2)
        assert states(folder) == ["done", "running"]
        assert says("store-in-use", run(folder, "quick"))
        driver.send_signal(number)
        assert driver.wait(PATIENCE) == code
    finally:
        driver.kill()
    wait_for(lambda: not any(alive(pid) for _, pid in ran(folder)))
    assert states(folder) == ["done", "waiting"]
    (folder / "go").touch()
    assert run(folder, "stuck_once", "--seeds", "1").returncode == 0
    assert [id for id, _ in ran(folder)].count(ran(folder)[0][0]) == 1
    assert len(ran(folder)) == 3


def test_trials_have_gpus_of_their_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert run(folder, "gpu", "--seeds", "1", "--gpus", "1").returncode == 0
    assert {row["metrics"]["gpu"] for row in trials(folder)} == {3, 5}
    assert says("too-few-gpus", run(folder, "gpu", "--gpus", "3"))


@pytest.mark.parametrize(("each", "dealt"), [(1, ["0", "1", "2"]), (2, ["0,1"]), (0.5, ["0", "1", "2"] * 2)])
def test_gpus_are_dealt(each: float, dealt: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0, 1, 2")
    assert hands(each) == dealt


def test_the_example_learns(tmp_path: Path) -> None:
    for name in ("digits.arch", "digits.py"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text().replace("[8, 12]", "[8]"))
    found = study(tmp_path, "run", "digits.arch:gates", "--train", "digits:train", "--seeds", "1", "--workers", "2")
    assert found.returncode == 0, found.stderr
    assert all(row["metrics"]["accuracy"] > 0.5 for row in trials(tmp_path, "gates.sqlite"))


@pytest.mark.parametrize(
    ("train", "code"),
    [
        ("quick", "not-a-function-name"),
        ("nothing:quick", "missing-train-module"),
        ("fn:quik", "missing-train-function"),
        ("fn:note", "wrong-train-function"),
        ("broken:quick", "broken-train-module"),
        ("leaving:quick", "broken-train-module"),
        ("builtins:print", "broken-train-module"),
    ],
)
def test_functions_that_cannot_train(folder: Path, train: str, code: str) -> None:
    (folder / "broken.py").write_text("def quick(model, seed, trial)\n    return {}\n")
    (folder / "leaving.py").write_text("import sys\nsys.exit(4)\n")
    found = study(folder, "run", "net.arch", "--train", train)
    assert (found.returncode, says(code, found)) == (1, True)
    assert not (folder / "widths.sqlite").exists()


def test_what_is_no_store(folder: Path) -> None:
    assert says("not-a-store", study(folder, "status", "net.arch"))
    assert says("missing-file", study(folder, "results", "none.sqlite"))


def test_missing_packages_are_named(folder: Path) -> None:
    program = (
        "import sys; sys.modules['pebble'] = sys.modules['ray'] = None; from archdsl.cli import main; "
        "main(['study', 'run', 'net.arch', '--train', 'fn:quick', *sys.argv[1:]])"
    )
    for arguments, extra in (((), "study"), (("--engine", "ray"), "ray")):
        command = [sys.executable, "-c", program, *arguments]
        found = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=PATIENCE)
        assert says("not-installed", found)
        assert f"pip install 'archdsl[{extra}]'" in found.stderr


def test_a_function_inside_of_another_is_hidden() -> None:
    from archdsl.report import ArchError
    from archdsl.study.function import described

    def train(model: object, seed: int, trial: object) -> None: ...

    with pytest.raises(ArchError) as caught:
        described(train)
    assert [problem.code for problem in caught.value.diagnostics] == ["hidden-train-function"]


def test_intervals_are_those_of_scipy() -> None:
    for freedom in range(1, 60):
        assert t_bound(freedom) == pytest.approx(scipy.stats.t.ppf(0.975, freedom), rel=1e-9)
    mean, std = mean_and_std([1.0, 2.0, 4.0])
    assert (mean, std) == pytest.approx((7 / 3, math.sqrt(7 / 3)))


def test_code_is_what_runs() -> None:
    assert code_of('def f(x):\n    "doc"\n    return x  # why') == code_of("def f( x ):\n  return x")
    assert code_of("def f(x): return x") != code_of("def f(x): return x + 1")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'archdsl[ray]'")
def test_the_same_on_ray(folder: Path) -> None:
    ray = ("--engine", "ray", "--address", "local", "--workers", "2")
    assert run(folder, "quick", "--seeds", "1").returncode == 0
    found = run(folder, "quick", "--seeds", "2", *ray)
    assert found.returncode == 0, found.stderr
    assert len({id for id, _ in ran(folder)}) == len(ran(folder)) == 4
    driver = started(folder, "stuck_once", "--store", "widths.sqlite", *ray)
    try:
        wait_for(lambda: len(ran(folder)) == 6 and states(folder) == ["done", "running"])
        driver.kill()
        driver.wait(PATIENCE)
    finally:
        driver.kill()
    wait_for(lambda: not any(alive(pid) for _, pid in ran(folder)))
    (folder / "go").touch()
    assert run(folder, "stuck_once", "--seeds", "1", *ray).returncode == 0
    assert len(ran(folder)) == 7
