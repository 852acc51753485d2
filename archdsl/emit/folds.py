"""How a network whose norms are folded into layers takes the checkpoint of the plain one, as source."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.emit.classes import Class
from archdsl.emit.forms import Fold
from archdsl.emit.layout import WIDTH, indented


def folding(classes: Sequence[Class]) -> list[str]:
    """A table of what is folded into what, and the function that does it; nothing where nothing is folded."""
    found = {one.name: one.forms[0].folds for one in classes if one.forms[0].folds}
    if not found:
        return []
    numbers = {fold.eps for folds in found.values() for fold in folds}
    lines = [line for name, folds in found.items() for line in _entry(name, folds, len(numbers) > 1)]
    table = ["FOLDS = {", *indented(1, lines), "}", '"""By class, layers and the norms whose work they do."""']
    text = (
        FOLD.format(norm="norm", eps=numbers.pop()) if len(numbers) == 1 else FOLD.format(norm="(norm, eps)", eps="eps")
    )
    return ["\n".join(table), text.rstrip()]


def _entry(name: str, folds: Sequence[Fold], with_eps: bool) -> list[str]:
    pairs = [f'"{fold.layer}": ' + (f'("{fold.norm}", {fold.eps})' if with_eps else f'"{fold.norm}"') for fold in folds]
    line = f"{name}: {{{', '.join(pairs)}}},"
    return [line] if len(line) <= WIDTH else [f"{name}: {{", *indented(1, [f"{pair}," for pair in pairs]), "},"]


FOLD = '''\
def fold_norms(model, state, prefix="", *_):
    """Folds the norms of a checkpoint into the layers before them, in float64; what is folded already stays."""
    for scope, module in model.named_modules():
        for layer, {norm} in FOLDS.get(type(module), {{}}).items():
            layer, norm = (prefix + f"{{scope}}.{{name}}".lstrip(".") for name in (layer, norm))
            names = [f"{{norm}}.{{name}}" for name in ("weight", "bias", "running_mean", "running_var")]
            if f"{{layer}}.weight" not in state or not all(name in state for name in names):
                continue
            gain, bias, mean, var = (state.pop(name).double() for name in names)
            state.pop(f"{{norm}}.num_batches_tracked", None)
            weight, scale = state[f"{{layer}}.weight"], gain / (var + {eps}).sqrt()
            bias = bias + (state.get(f"{{layer}}.bias", 0) - mean) * scale
            state[f"{{layer}}.bias"] = bias.to(weight.dtype)
            state[f"{{layer}}.weight"] = (weight.transpose(0, -1) * scale).transpose(0, -1).to(weight.dtype)
'''
