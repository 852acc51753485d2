"""Regularisation: what happens in training only."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.ops.demand import at_least, rank
from archdsl.ops.op import Op, Reject
from archdsl.ops.parameter import Count, Factor, Rate
from archdsl.ops.term import Term, Training, X, term
from archdsl.shapes import Shape
from archdsl.sizes import Dim


class Dropping(Op):
    family = "regularisation"

    def shape(self, x: Shape) -> Shape:
        return x


@dataclass(frozen=True)
class Dropout(Dropping, name="dropout"):
    """Drops elements at the rate `p` in training, and scales the others up."""

    p: Rate = 0.5

    def module(self, x: Shape) -> Term:
        return term("nn.Dropout", self.p)

    def call(self, x: Shape) -> Term:
        return term("F.dropout", X, self.p, Training())


@dataclass(frozen=True)
class DropPath(Dropping, name="drop_path"):
    """Drops whole samples at the rate `p` in training, and scales the others up.

    Stochastic depth (Huang et al. 2016, arXiv 1603.09382).
    """

    p: Rate = 0.0

    def shape(self, x: Shape) -> Shape:
        rank(x, 1, None, self.name)
        return x

    def helper(self, x: Shape) -> str:
        return DROP_PATH

    def call(self, x: Shape) -> Term:
        return term("drop_path", X, self.p, Training())


@dataclass(frozen=True)
class DropBlock(Dropping, name="drop_block"):
    """Zeroes square blocks of all channels in training, and scales the rest up.

    `p`, times `gamma_scale`, is the rate at which elements are dropped. Only for two spatial axes.
    DropBlock (Ghiasi et al. 2018, arXiv 1810.12890).
    """

    p: Rate = 0.1
    block_size: Count = 7
    gamma_scale: Factor = 1.0

    def shape(self, x: Shape) -> Shape:
        rank(x, 4, 4, self.name)
        if self.p * self.gamma_scale > 1:
            raise Reject("gamma_scale", f"{self.p} scaled by {self.gamma_scale} is no probability")
        self._block(x)
        return x

    def _block(self, x: Shape) -> tuple[int, int]:
        """Rows and columns of a block, which a small map bounds."""
        height, width = (self._side(size) for size in x.spatial)
        return height, width

    def _side(self, size: Dim) -> int:
        if isinstance(size, int):
            return min(self.block_size, size)
        at_least(size, self.block_size, "block_size", f"a block of {self.block_size} does not fit the map")
        return self.block_size

    def helper(self, x: Shape) -> str:
        return DROP_BLOCK

    def call(self, x: Shape) -> Term:
        return term("drop_block", X, self.p, self._block(x), self.gamma_scale, Training())


DROP_PATH = '''\
def drop_path(x, p, training):
    """Drops whole samples while training, and scales the others up (arXiv 1603.09382)."""
    return torch.feature_dropout(x.unsqueeze(0), p, training).squeeze(0)
'''


DROP_BLOCK = '''\
def drop_block(x, p, block, gamma_scale, training):
    """Zeroes blocks of all channels while training, and scales the rest up (arXiv 1810.12890)."""
    if not training or p == 0:
        return x
    height, width = x.shape[2], x.shape[3]
    rows, columns = block
    places = (height - rows + 1) * (width - columns + 1)
    gamma = gamma_scale * p * height * width / (rows * columns) / places
    centres = torch.bernoulli(x.new_ones((x.shape[0], 1, height, width)) * gamma)
    dropped = F.max_pool2d(centres, block, 1, (rows // 2, columns // 2))
    kept = 1 - dropped[:, :, (rows + 1) % 2 :, (columns + 1) % 2 :]
    return x * (kept * (kept.numel() / (kept.sum() + 1e-7)))
'''
