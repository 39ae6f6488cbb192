"""Units of a generator: where they light up, and what becomes of the picture without them.

After Bau et al., *GAN dissection*, ICLR 2019 (1811.10597). A unit is one channel of a layer. It is compared
with a *mask*, booleans `(n, side, side)` that say where in each picture something is, such as land. Both
are brought to one grid first: `spread` enlarges the units, `coarse` shrinks the masks.
"""

from __future__ import annotations

import numpy as np
import scipy
from keras import ops

from course_lib import seeing

SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # of all places, those that a threshold lets through


def cut(network, side: int):
    """Cuts a generator behind the last layer whose grid has `side` × `side` places.

    Returns:
        Two models that share the generator's weights: from its inputs to activations
        `(n, side, side, units)`, and from those to pictures.

    Raises:
        ValueError: if no layer but the last has such a grid.
    """
    grids = {
        layer.output.shape[1]: layer.name for layer in network.layers[:-1] if len(layer.output.shape) == 4
    }
    if side not in grids:
        raise ValueError(f"No layer of this network has a grid of side {side}; there are {sorted(grids)}.")
    return seeing.halves(network, grids[side])


def spread(activations, side: int):
    """Activations `(n, h, w, units)` on a finer grid, float32 `(n, side, side, units)`, bilinear."""
    large = ops.image.resize(ops.convert_to_tensor(activations), (side, side), data_format="channels_last")
    return ops.convert_to_numpy(large)


def coarse(mask, side: int):
    """A mask `(n, h, w)` on a coarser grid, booleans `(n, side, side)`: true where half of a cell or more is.

    Raises:
        ValueError: if the cells would not be whole pixels.
    """
    n, height, width = mask.shape
    if height % side or width % side:
        raise ValueError(f"A mask of {height}×{width} does not divide into {side}×{side} cells.")
    cells = np.reshape(mask, (n, side, height // side, side, width // side))
    return cells.mean(axis=(2, 4)) >= 0.5


def agreement(activations, mask, thresholds):
    """Intersection over union of every unit's lit places with a mask, over all pictures together.

    Args:
        activations: `(n, h, w, units)`.
        mask: booleans `(n, h, w)`.
        thresholds: `(units,)`; a unit is lit where it exceeds its threshold.

    Returns:
        `(units,)`, from 0 to 1; 0 where neither has any place.
    """
    units = activations.shape[-1]
    lit = (activations > thresholds).reshape(-1, units).astype("float32")
    wanted = np.reshape(mask, -1).astype("float32")
    shared = wanted @ lit
    return shared / np.maximum(lit.sum(axis=0) + wanted.sum() - shared, 1)


def fit_thresholds(activations, mask, shares=SHARES):
    """The threshold of each unit with the best agreement, and that agreement.

    Tried are the values that let a given share of all places through. The agreement is the best of several
    on these pictures, and therefore too good: measure it on others.

    Returns:
        Thresholds and agreements, `(units,)` each.
    """
    units = activations.shape[-1]
    places = activations.reshape(-1, units)
    some = places[:: max(1, len(places) // 20_000)]  # enough to know a quantile by
    candidates = np.quantile(some, 1 - np.asarray(shares), axis=0)  # (shares, units)
    found = np.stack([agreement(activations, mask, candidate) for candidate in candidates])
    best, each = found.argmax(axis=0), np.arange(units)
    return candidates[best, each], found[best, each]


def share_interval(part, whole, draws: int = 2000, seed: int = 1):
    """What share of a whole a part is, where both were counted picture by picture.

    Args:
        part, whole: `(n,)`, counts of one picture each; the share is sum(part) / sum(whole).
        draws: of n pictures with replacement, for the interval (bootstrap).

    Returns:
        The share, and the two ends of its 95 % interval over pictures.
    """
    part, whole = np.asarray(part, "float64"), np.asarray(whole, "float64")
    if not whole.sum() > 0:
        raise ValueError("The whole is empty in all pictures: there is no share of it.")
    chosen = np.random.default_rng(seed).integers(0, len(whole), (draws, len(whole)))
    below = whole[chosen].sum(axis=1)
    shares = part[chosen].sum(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(shares, (0.025, 0.975))
    return float(part.sum() / whole.sum()), float(low), float(high)


def rank_interval(one, other, draws: int = 2000, seed: int = 1):
    """Spearman's rank correlation of two numbers a unit, with an interval.

    Args:
        one, other: `(units,)`.
        draws: of as many units with replacement (bootstrap).

    Returns:
        The correlation, and the two ends of its 95 % interval over units.
    """
    one, other = np.asarray(one, "float64"), np.asarray(other, "float64")
    chosen = np.random.default_rng(seed).integers(0, len(one), (draws, len(one)))
    ranks = scipy.stats.rankdata(one[chosen], axis=1), scipy.stats.rankdata(other[chosen], axis=1)
    a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
    drawn = (a * b).sum(axis=1) / np.maximum(np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1)), 1e-12)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(scipy.stats.spearmanr(one, other).statistic), float(low), float(high)
