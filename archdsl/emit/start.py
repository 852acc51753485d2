"""How weights start: each by its own rule, from a generator of its own.

A generator's seed is a hash of the seed asked for and of the weight's name. So it does not matter in which order
weights are drawn, nor by how many threads, nor what else the network has: what two variants have in common starts
alike. All are drawn on the CPU, so that they start alike on every device.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from itertools import chain

import torch
from torch import Tensor, nn

from archdsl.ops import Weight
from archdsl.ops.init import Constant, Ones, Zeros

Named = tuple[str, Weight]


def any_seed() -> int:
    """A seed from torch's own generator, which `torch.manual_seed` decides."""
    return int(torch.randint(2**63 - 1, (), device="cpu"))


def started(weights: Iterable[Named], seed: int) -> dict[str, Tensor]:
    """Every tensor by its name. Each of torch's threads takes the largest that is left, until there is none."""
    left = iter(sorted(weights, key=lambda item: item[1].elements, reverse=True))

    def start(_: int) -> list[tuple[str, Tensor]]:
        return [(name, _started(weight, "cpu", seed, name)) for name, weight in left]

    threads = torch.get_num_threads()
    with ThreadPoolExecutor(threads) as pool:
        return dict(chain.from_iterable(pool.map(start, range(threads))))


def empty(weights: Iterable[Named], device: torch.device) -> dict[str, Tensor]:
    """Every tensor by its name, without a value where it is to be learned."""
    return {
        name: torch.empty(weight.shape, device=device) if weight.trainable else _started(weight, device)
        for name, weight in weights
    }


def _started(weight: Weight, device: torch.device | str, seed: int = 0, name: str = "") -> Tensor:
    if weight.values is not None:
        return torch.tensor(weight.values, device=device)
    rule = weight.init or weight.default
    drawn = {} if isinstance(rule, Zeros | Ones | Constant) else {"generator": _generator(seed, name)}
    fill = getattr(nn.init, f"{rule.name}_")
    filled: Tensor = fill(torch.empty(weight.shape, device=device), **dict(rule.changed), **drawn)
    return filled


def _generator(seed: int, name: str) -> torch.Generator:
    digest = blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest))
