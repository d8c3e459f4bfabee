"""Train a network on scikit-learn's digits with the gradient that ``sct build`` wrote.

``python samples/digits.py`` prints the accuracy on a held-out fifth, saves a plot to
``samples/out/digits.png``, and exits with 1 if fewer than 95 % are recognised.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tqdm import tqdm

from digits_model_grad import loss_adjoint

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HIDDEN, CLASSES, DECAY, STEPS, WANTED = 32, 10, 1e-3, 150, 0.95
OUT = Path(__file__).parent / "out" / "digits.png"


def unpack(theta: np.ndarray, pixels: int) -> list[np.ndarray]:
    """The flat parameters as W1, b1, W2, b2."""
    shapes = [(pixels, HIDDEN), (HIDDEN,), (HIDDEN, CLASSES), (CLASSES,)]
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    return [
        part.reshape(shape)
        for part, shape in zip(np.split(theta, ends[:-1]), shapes, strict=True)
    ]


def train(X: np.ndarray, Y: np.ndarray) -> tuple[list[np.ndarray], list[float]]:
    """Minimise the loss by L-BFGS-B; the parameters and the loss after each step."""
    pixels = X.shape[1]
    rng = np.random.default_rng(0)
    start = [
        rng.normal(size=(pixels, HIDDEN)) / 8,
        np.zeros(HIDDEN),
        rng.normal(size=(HIDDEN, CLASSES)) / 6,
    ]
    theta = np.concatenate([part.ravel() for part in [*start, np.zeros(CLASSES)]])
    losses: list[float] = []

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, bars = loss_adjoint(*unpack(theta, pixels), X, Y, DECAY)
        return value, np.concatenate([bar.ravel() for bar in bars])

    with tqdm(total=STEPS, desc="training", file=sys.stdout) as progress:

        def after_step(intermediate_result) -> None:
            losses.append(float(intermediate_result.fun))
            progress.set_postfix(loss=f"{losses[-1]:.4f}")
            progress.update()

        found = minimize(
            objective,
            theta,
            method="L-BFGS-B",
            jac=True,
            callback=after_step,
            options={"maxiter": STEPS},
        )
    return unpack(found.x, pixels), losses


def classify(parameters: list[np.ndarray], X: np.ndarray) -> np.ndarray:
    W1, b1, W2, b2 = parameters
    return np.argmax(np.maximum(X @ W1 + b1, 0.0) @ W2 + b2, axis=1)


def plot(
    losses: list[float], X: np.ndarray, labels: np.ndarray, found: np.ndarray
) -> None:
    figure = plt.figure(figsize=(9, 4))
    left, right = figure.subfigures(1, 2)
    axes = left.subplots()
    axes.semilogy(losses)
    axes.set(
        xlabel="step",
        ylabel="training loss",
        title="L-BFGS-B on the generated gradient",
    )
    for axes, image, label, guess in zip(
        right.subplots(4, 5).flat, X, labels, found, strict=False
    ):
        axes.imshow(image.reshape(8, 8), cmap="gray_r")
        axes.set_title(
            str(guess), color="black" if guess == label else "red", fontsize=9
        )
        axes.axis("off")
    OUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUT, dpi=120)


def main() -> int:
    digits = load_digits()
    X, X_test, labels, labels_test = train_test_split(
        digits.data / 16.0, digits.target, test_size=0.2, random_state=0
    )
    parameters, losses = train(X, np.eye(CLASSES)[labels])
    found = classify(parameters, X_test)
    accuracy = float(np.mean(found == labels_test))
    plot(losses, X_test, labels_test, found)
    print(
        f"accuracy on the held-out fifth: {accuracy:.1%} (plot: samples/out/{OUT.name})"
    )
    return 0 if accuracy > WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
