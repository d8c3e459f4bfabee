"""A Stockham fast Fourier transform over reals: real and imaginary parts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sct import grad

if TYPE_CHECKING:
    from jaxtyping import Float


def stage(
    re: Float[np.ndarray, "n"],
    im: Float[np.ndarray, "n"],
    out_re: Float[np.ndarray, "n"],
    out_im: Float[np.ndarray, "n"],
    half: int,
    stride: int,
) -> None:
    for p in range(half):
        angle = -np.pi * p / half
        c = np.cos(angle)
        s = np.sin(angle)
        for q in range(stride):
            a = q + stride * p
            b = q + stride * (p + half)
            d_re = re[a] - re[b]
            d_im = im[a] - im[b]
            out_re[q + stride * 2 * p] = re[a] + re[b]
            out_im[q + stride * 2 * p] = im[a] + im[b]
            out_re[q + stride * (2 * p + 1)] = d_re * c - d_im * s
            out_im[q + stride * (2 * p + 1)] = d_re * s + d_im * c


@grad(wrt=("re", "im"))
def fft_power(
    re: Float[np.ndarray, "n"],
    im: Float[np.ndarray, "n"],
    weights: Float[np.ndarray, "n"],
) -> float:
    out_re = np.zeros_like(re)
    out_im = np.zeros_like(im)
    half = len(re) // 2
    stride = 1
    while half >= 1:
        stage(re, im, out_re, out_im, half, stride)
        re, out_re = out_re, re
        im, out_im = out_im, im
        half //= 2
        stride *= 2
    return np.sum(weights * (re**2 + im**2))
