"""Exercises of lesson 04_cnn/5, style transfer."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, refuse_numpy, same, shaped, tensors
from course_lib.check.guard import Wrong


def _adain(content, style):
    from course_lib.models import style as library

    return library.adain(content, style)


@exercise(answer="models.style.gram")
def gram(attempt):
    """The Gram matrix of each picture's feature map: `(n, h, w, c)` to `(n, c, c)`, a mean over positions."""
    maps = np.random.default_rng(1).normal(0.4, 1, (2, 3, 5, 4)).astype("float32")
    n, h, w, c = maps.shape
    result = attempt(*tensors(maps))
    hints = {
        (c, c): "all pictures went into one matrix: each has its own, so keep the batch axis",
        (
            n,
            h * w,
            h * w,
        ): "you multiplied positions with positions: sum over the positions, and keep channels",
        (n, c): "these are the channels' own squares: every channel is multiplied with every other",
    }
    values = shaped(result, (n, c, c), "(n, c, c)", hints)
    flat = maps.reshape(n, -1, c).astype("float64")
    squares = np.einsum("npi,npj->nij", flat, flat)
    scrambled = maps.reshape(n, c, -1).astype("float64")
    centred = flat - flat.mean(axis=1, keepdims=True)
    mixed = np.einsum("nip,njp->nij", scrambled, scrambled)
    mistakes = [
        (squares, "you took the sum over the positions: take their mean, or a larger picture has another"
                  " style"),
        (squares / (h * w * c), "you divided by the channels too: divide by the number of positions, h·w"),
        (squares / c, "you divided by the number of channels: divide by the number of positions, h·w"),
        (squares / h, "you divided by the height alone: there are h·w positions"),
        (squares / w, "you divided by the width alone: there are h·w positions"),
        (squares / (n * h * w), "you divided by the pictures too: each matrix is a mean over h·w positions"),
        (mixed / (h * w), "reshape does not move axes: with (n, c, h·w) it mixes channels and positions;"
                          " reshape to (n, h·w, c), then transpose"),
        (mixed, "reshape does not move axes: with (n, c, h·w) it mixes channels and positions, and"
                " the division is missing"),
        (np.einsum("npi,npj->nij", centred, centred) / (h * w),
         "you subtracted the means: that is the covariance, another choice of style"),
        (np.abs(squares) / (h * w), "the entries have signs: two channels that exclude each other"),
    ]  # fmt: skip
    compare(values, squares / (h * w), mistakes, "the value is not the mean over positions of products")
    refuse_numpy(result)
    small = np.random.default_rng(2).normal(size=(1, 4, 2, 3)).astype("float32")
    right = np.einsum("nhwi,nhwj->nij", small, small) / 8
    if not same(array(attempt(*tensors(small))), right):
        raise Wrong("right for one shape, wrong for another: count the positions of the argument")


@exercise(answer="models.style.total_variation")
def total_variation(attempt):
    """Mean squared differences of neighbours, down plus across, one number a picture."""
    x = np.random.default_rng(3).uniform(-1, 1, (2, 4, 6, 3)).astype("float32")
    x[..., 1] *= 0.5
    result = attempt(*tensors(x))
    hints = {(): "one number is left for all pictures: take the means over every axis but the first"}
    values = shaped(result, (2,), "one number a picture", hints)
    x = x.astype("float64")
    down, across = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
    round_down, round_across = (x - np.roll(x, 1, axis=axis) for axis in (1, 2))

    def mean(values):
        return values.mean(axis=(1, 2, 3))

    right = mean(down**2) + mean(across**2)
    mistakes = [
        (mean(down**2), "differences across are missing: add those along axis 2"),
        (mean(across**2), "differences down are missing: add those along axis 1"),
        (mean(np.abs(down)) + mean(np.abs(across)), "you took the absolute value: the squares are wanted"),
        ((down**2).sum(axis=(1, 2, 3)) + (across**2).sum(axis=(1, 2, 3)),
         "you summed: with the mean, the weight of this loss does not depend on the size of the picture"),
        (right / 2, "you halved it: add the two means"),
        (mean(down) + mean(across), "square the differences, or those up and down cancel"),
        (mean(down) ** 2 + mean(across) ** 2, "you squared the mean: take the mean of the squares"),
        (np.sqrt(right), "no root is taken"),
        (mean(round_down**2) + mean(round_across**2),
         "your differences go round the edge (roll does): the last row is no neighbour of the first"),
        (mean((x[..., 1:] - x[..., :-1]) ** 2), "these are differences of colours: height is axis 1, width"
                                                " axis 2"),
        (mean((x[:, 2:] - x[:, :-2]) ** 2) + mean((x[:, :, 2:] - x[:, :, :-2]) ** 2),
         "these are pixels two apart: [1:] minus [:-1] gives neighbours"),
    ]  # fmt: skip
    compare(values, right, mistakes, "the value is not the two means of squared differences, added")
    refuse_numpy(result)
    even = array(attempt(*tensors(np.full((1, 5, 3, 2), 0.7, "float32"))))
    if not same(even, np.zeros(1)):
        raise Wrong("a picture of one colour has no variation: it must give 0")


@exercise(answer=_adain)
def adain(attempt):
    """Content with the mean and the standard deviation of each channel of style."""
    rng = np.random.default_rng(4)
    content = rng.normal([0.2, -0.5, 0.1], [0.3, 0.6, 0.2], (2, 5, 4, 3)).astype("float32")
    style_maps = rng.normal([-0.4, 0.3, 0.8], [0.8, 0.1, 0.5], (2, 6, 7, 3)).astype("float32")
    result = attempt(*tensors(content, style_maps))
    hints = {style_maps.shape: "content and style changed places: the result has the content's positions"}
    values = shaped(result, content.shape, "that of the content", hints)
    c, s = content.astype("float64"), style_maps.astype("float64")

    def told(x, axes):
        return x.mean(axis=axes, keepdims=True), x.std(axis=axes, keepdims=True)

    (cm, cs), (sm, ss) = told(c, (1, 2)), told(s, (1, 2))
    (bm, bs), (tm, ts) = told(c, (0, 1, 2)), told(s, (0, 1, 2))
    (am, as_), (um, us) = told(c, (1, 2, 3)), told(s, (1, 2, 3))
    right = (c - cm) / cs * ss + sm
    mistakes = [
        (c - cm + sm, "the means fit, the spread is still the content's: divide by its standard deviation"
                      " and multiply by the style's"),
        (c / cs * ss, "the means are missing: subtract the content's first, add the style's last"),
        (c / cs * ss + sm, "the content's mean was not subtracted before scaling"),
        ((c - cm) / cs * ss, "the style's mean was not added"),
        ((c - cm) / cs * ss + cm, "you added the content's mean again: add the style's"),
        ((c - cm) / cs, "this is instance normalisation: the style's spread and mean are still to come"),
        ((c - cm) * cs / ss + sm, "the quotient is upside down: divide by the content's spread"),
        ((c - cm) / cs**2 * ss**2 + sm, "you scaled by variances: take their roots"),
        ((c - bm) / bs * ts + tm, "mean and spread are over the batch: each picture has its own"),
        ((c - am) / as_ * us + um, "mean and spread are over the channels too: each channel has its own"),
    ]  # fmt: skip
    # A small number inside the root is welcome, and changes the fourth digit.
    near = np.abs(values - right).max() < 2e-3
    compare(right if near else values, right, mistakes, "mean and spread of each channel are not the style's")
    refuse_numpy(result)
    even = array(attempt(*tensors(np.full_like(content, 0.5), style_maps)))
    if not np.isfinite(even).all():
        raise Wrong("a content of one colour has the spread 0, and gives NaN: add a small number, as 1e-5")
