"""A compiled network on a real photograph.

    archdsl compile specs/resnest50.arch --to torch -o resnest50.py
    python examples/photograph.py resnest50.py

The photograph is one that scikit-learn ships, 427 × 640 pixels. The weights are as they start, so the answer means
nothing; the shapes do, and so does the time.
"""

import importlib.util
import sys
import time

import torch
from sklearn.datasets import load_sample_image


def load_network(path: str) -> torch.nn.Module:
    """The network of an emitted file, which is its last class."""
    spec = importlib.util.spec_from_file_location("emitted", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    *_, network = (value for value in vars(module).values() if isinstance(value, type))
    return network().eval()


def main(path: str) -> None:
    photograph = torch.from_numpy(load_sample_image("china.jpg").copy())
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    image = ((photograph / 255 - mean) / std).permute(2, 0, 1).unsqueeze(0)
    torch.manual_seed(0)
    model = load_network(path)
    for name, stage in model.named_children():
        stage.register_forward_hook(lambda _, __, out, name=name: print(f"{name:8} {tuple(out.shape)}"))
    print(f"image    {tuple(image.shape)}")
    start = time.perf_counter()
    with torch.inference_mode():
        scores = model(image).softmax(1)
    best = scores.topk(3, dim=1)
    print(f"classes {best.indices[0].tolist()} in {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main(sys.argv[1])
