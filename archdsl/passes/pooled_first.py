"""The mean over all places of a sum is the sum of the means: no sum of maps is made.

gates = maps -> add -> global_avg_pool
gates = (maps[0] -> global_avg_pool, maps[1] -> global_avg_pool) -> add

splits = in -> rearrange("n (r c) h w -> n r c h w", r = 2)
gates = splits -> reduce("n r c h w -> n c h w", "sum") -> global_avg_pool

gates = in -> global_avg_pool
  -> rearrange("n (r c) h w -> n r c h w", r = 2) -> reduce("n r c h w -> n c h w", "sum")
"""

from __future__ import annotations

from archdsl.lower.record import Record, Step
from archdsl.ops.arithmetic import Add
from archdsl.ops.merge import Stack
from archdsl.ops.pattern import Rearrange, Reduce
from archdsl.ops.pool import GlobalAvgPool
from archdsl.passes.body import Body
from archdsl.passes.patterns import leaves_last, summed_axis


def pooled_first(record: Record) -> Record:
    """The body with global average pools in front of sums that nothing else needs."""
    body = Body(record)
    for pool in record.steps:
        if isinstance(pool.what, GlobalAvgPool) and body.used_once(pool.inputs[0]):
            match body.maker(pool.inputs[0]):
                case Step(what=Add(None, None)) as total:
                    _sum_of_pools(body, pool, pool.what, total.inputs)
                case Step(what=Reduce(reduction="sum")) as total:
                    _pool_below(body, pool, pool.what, total)
    return body.rewritten()


def _sum_of_pools(body: Body, pool: Step, op: GlobalAvgPool, maps: tuple[int, ...]) -> None:
    if len({body.shapes[ref] for ref in maps}) == 1:
        pooled = [ref for one in maps for ref in body.put_before(pool, op, one)]
        body.put(pool, Add(), *pooled)


def _pool_below(body: Body, pool: Step, op: GlobalAvgPool, total: Step) -> None:
    """The pool below what a sum is over: each of a stack, or a view, where neither touches the axes of places."""
    view, places = body.maker(total.inputs[0]), body.shapes[pool.inputs[0]].rank - 2
    if view is None or not isinstance(total.what, Reduce):
        return
    x, splits = body.shapes[view.inputs[0]], body.shapes[total.inputs[0]]
    match view.what:
        case Stack(axis) if axis % splits.rank == summed_axis(total.what, splits):
            _sum_of_pools(body, pool, op, view.inputs)
        case Rearrange() as seen if x.rank == places + 2 and leaves_last(seen, x, places):
            if leaves_last(total.what, splits, places):
                pooled = body.put_before(pool, op, *view.inputs)
                body.put(pool, total.what, *body.put_before(pool, seen, *pooled))
