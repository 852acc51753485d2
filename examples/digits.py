"""A train function for `archdsl study run`: scikit-learn's digits, 1,797 images of 8×8 pixels.

cd examples
archdsl study run digits.arch:gates --train digits:train --seeds 3
archdsl study results gates.sqlite
"""

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn

from archdsl.study import Trial

EPOCHS, BATCH = 8, 64


def images(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images and classes to learn from, and a fifth of them to be tested with."""
    data = load_digits()
    x = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
    y = torch.tensor(data.target)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    test, rest = order.split([len(x) // 5, len(x) - len(x) // 5])
    return x[rest], y[rest], x[test], y[test]


def train(model: nn.Module, seed: int, trial: Trial) -> dict[str, float]:
    x, y, test_x, test_y = images(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    print(f"{trial.variant}: {trial.params:,} parameters")
    for epoch in range(EPOCHS):
        model.train()
        for batch in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
        schedule.step()
        print(f"epoch {epoch}: loss {loss.item():.3f}")
    model.eval()
    with torch.no_grad():
        scores = model(test_x)
    accuracy = (scores.argmax(1) == test_y).double().mean()
    return {"accuracy": accuracy, "loss": F.cross_entropy(scores, test_y)}
