"""How much Hypothesis tries: a fixed little by default, much and random with `--hypothesis-profile=full`."""

import pytest
import torch
from hypothesis import HealthCheck, settings

slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "quick", max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=slow
)
settings.register_profile("full", max_examples=250, deadline=None, suppress_health_check=slow, print_blob=True)
settings.load_profile("quick")


def declare_torchvision_operators() -> None:
    """torchvision asks for its operators when it is imported, and its binary may not match torch's build."""
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")


try:
    import torchvision
except RuntimeError:
    declare_torchvision_operators()
    import torchvision  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="Write what comes out into the pages.")
