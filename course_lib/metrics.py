"""How far are made pictures from real ones? Distances between two sets of feature vectors, and,
where every picture has a right answer, distances between two pictures.

The distances between sets take NumPy arrays of shape (n, d), one row a picture; everything is computed
in float64. Where the rows come from decides what a number means: two networks that extract features
give two scales, so a number without the name of its network says nothing (`course_lib.judge` adds that name).

This module needs NumPy, SciPy and scikit-image only.
"""

import hashlib
import warnings
from typing import NamedTuple

import numpy as np
import scipy  # SciPy and scikit-image load their parts when these are first used
import skimage

BLOCK_NUMBERS = 1_000_000  # distances held at a time: 8 MB, near enough to the processor
MOST_NEIGHBOURS = 5  # found at once, for every k up to it
SSIM_REACH = 5  # pixels from the centre of its window to the edge
MOST_UNSURE = 0.02  # share of a block of pairs that is computed one by one; above it, all of the block are
REMEMBERED = 8  # results about a set of features that are kept: 0.5 MB for the neighbours of 10,000 pictures
_known = {}


def _features(features, name, minimum=1):
    """Return `features` as float64 (n, d), or raise a ValueError that says what is wrong."""
    features = np.asarray(features)
    if features.ndim != 2 or features.shape[1] == 0 or features.dtype.kind not in "fiub":
        raise ValueError(
            f"The {name} features must be an array of numbers of shape (pictures, features), got "
            f"{features.dtype} of shape {features.shape}; flatten pictures with "
            "reshape(len(images), -1)."
        )
    if len(features) < minimum:
        raise ValueError(f"This needs at least {minimum} {name} pictures, got {len(features)}; pass more.")
    features = features.astype(np.float64, copy=False)
    if not np.isfinite(features).all():
        bad = np.count_nonzero(~np.isfinite(features).all(axis=1))
        raise ValueError(
            f"{bad} of the {len(features)} {name} rows hold NaN or infinite numbers; look at the "
            "pictures they come from: the training has probably diverged."
        )
    return features


def _pair(real, fake, minimum=1):
    real = _features(real, "real", minimum)
    fake = _features(fake, "fake", minimum)
    if real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"Real rows have {real.shape[1]} features and fake rows {fake.shape[1]}; both must "
            "come from the same network."
        )
    return real, fake


# --- Fréchet distance -----------------------------------------------------------------------------


def moments(features):
    """Return the mean (d,) and the covariance (d, d), divided by n − 1, of features (n, d)."""
    features = _features(features, "given", minimum=2)
    return features.mean(axis=0), np.atleast_2d(np.cov(features, rowvar=False))


def square_root(covariance):
    """The symmetric square root of a covariance; what rounding made negative counts as zero."""
    values, vectors = scipy.linalg.eigh(covariance)
    tiny = len(values) * np.finfo(np.float64).eps * max(values[-1], 0)
    values = np.where(values > tiny, values, 0)
    return (vectors * np.sqrt(values)) @ vectors.T


def frechet_of_moments(mean_1, covariance_1, mean_2, covariance_2):
    """Return the squared Fréchet distance of two Gaussians, each a mean (d,), covariance (d, d).

    |m₁ − m₂|² + tr(C₁ + C₂ − 2 (C₁C₂)^½): Dowson & Landau, Journal of Multivariate Analysis 12(3),
    1982. The trace of (C₁C₂)^½ is the sum of the singular values of C₁^½ C₂^½. Computed so, it
    stays real and accurate where a covariance is singular, and where `scipy.linalg.sqrtm` of the
    product gives complex numbers.
    """
    overlap = scipy.linalg.svdvals(square_root(covariance_1) @ square_root(covariance_2)).sum()
    distance = np.sum((mean_1 - mean_2) ** 2)
    distance += np.trace(covariance_1) + np.trace(covariance_2) - 2 * overlap
    return max(float(distance), 0.0)


def frechet(real, fake):
    """Return the Fréchet distance between real (n, d) and fake (m, d) features: 0 is best.

    Both sets are taken for Gaussians, and the squared distance of those is returned (Heusel et al.,
    "GANs trained by a two time-scale update rule converge to a local Nash equilibrium", 2017,
    arXiv 1706.08500, who use the features of an Inception network).

    The distance of few pictures is too large (see `frechet_bias`): compare only at equal counts.
    With no more pictures than features a covariance is singular. The formula still holds, but the
    bias then dominates, and a warning says so.

    Raises ValueError for fewer than 2 pictures, NaN, or sets that do not fit together.
    """
    real, fake = _pair(real, fake, minimum=2)
    fewest = min(len(real), len(fake))
    if fewest <= real.shape[1]:
        warnings.warn(
            f"{fewest} pictures are too few for {real.shape[1]} features: this Fréchet distance is "
            "far too large; compare it only with others of the same count.",
            stacklevel=2,
        )
    return frechet_of_moments(*moments(real), *moments(fake))


class FrechetBias(NamedTuple):
    """What `frechet_bias` returns: distances (s,) at sizes (s,), and their limit, extrapolated."""

    sizes: np.ndarray
    distances: np.ndarray
    extrapolated: float


def frechet_bias(real, fake, sizes=None, repeats=3, seed=0):
    """Return how the Fréchet distance falls with the number of fake pictures, and where it ends.

    The distance of n pictures exceeds that of infinitely many by about b/n. So it is measured at
    several `sizes` (default: seven, evenly spaced in 1/n, from an eighth of the fakes to all of
    them), each the mean of `repeats` random subsets, and a line through the distances against 1/n
    is read off at 1/n = 0. After Chong & Forsyth, "Effectively unbiased FID and Inception Score and
    where to find them", CVPR 2020, arXiv 1911.07023. They draw new pictures for every size;
    here the subsets come from the pictures given. The bias by the number of *real* pictures stays.

    Raises ValueError for sizes below 2, above the number of fakes, or fewer than two of them.
    """
    real, fake = _pair(real, fake, minimum=16)
    if sizes is None:
        sizes = np.round(len(fake) / np.linspace(8, 1, 7))
    sizes = np.asarray(sizes, dtype=int)
    if len(np.unique(sizes)) < 2 or sizes.min() < 2 or sizes.max() > len(fake):
        raise ValueError(
            f"sizes must be at least two different numbers from 2 to {len(fake)}, the number of "
            f"fake pictures; got {sizes.tolist()}."
        )
    rng = np.random.default_rng(seed)
    reference = moments(real)
    distances = []
    for size in sizes:
        drawn = [
            frechet_of_moments(*reference, *moments(fake[rng.permutation(len(fake))[:size]]))
            for _ in range(repeats if size < len(fake) else 1)  # all pictures: only one subset
        ]
        distances.append(np.mean(drawn))
    _, extrapolated = np.polyfit(1 / sizes, distances, deg=1)
    return FrechetBias(sizes, np.array(distances), float(extrapolated))


# --- Kernel distance ------------------------------------------------------------------------------


def _cubes(products):
    """The sum of (x·y/d + 1)³ over all entries, from the array of x·y/d, which is used up."""
    products += 1
    return np.vdot(products * products, products)  # ten times faster than a power of 3


def _within(features):
    """The sum of the kernel over all ordered pairs of different rows (n, d)."""
    n, width = features.shape
    half = scipy.linalg.blas.dsyrk(1 / width, features.T, trans=1)  # x·y/d above the diagonal, 0 below
    own = np.sum((half.diagonal() + 1) ** 3)
    return 2 * (_cubes(half.T) - own - n * (n - 1) / 2)  # the zeros below count 1 each


def kernel(real, fake, subset_size=1000, subsets=50, seed=0):
    """Return the kernel distance between real (n, d) and fake (m, d) features as (mean, spread).

    The squared maximum mean discrepancy with the kernel (x·y/d + 1)³, by its unbiased estimator:
    unlike the Fréchet distance it does not depend on the number of pictures, and it can come out a
    little below zero. Bińkowski et al., "Demystifying MMD GANs", ICLR 2018, arXiv 1801.01401.

    It is computed on `subsets` random subsets of `subset_size` pictures of either kind. The mean of
    those is the distance; their standard deviation is the spread, which tells how much *one* subset
    varies, and grows as subsets get smaller.

    Raises ValueError when a subset has more pictures than there are, or fewer than 2.
    """
    real, fake = _pair(real, fake, minimum=2)
    fewest = min(len(real), len(fake))
    if not 2 <= subset_size <= fewest or subsets < 1:
        raise ValueError(
            f"subset_size must lie between 2 and {fewest}, the smaller number of pictures, and "
            f"subsets must be at least 1; got subset_size={subset_size}, subsets={subsets}."
        )
    rng = np.random.default_rng(seed)
    m, width = subset_size, real.shape[1]
    drawn = [[rng.choice(len(one), m, replace=False) for one in (real, fake)] for _ in range(subsets)]
    # Unbiased: a picture is not compared with itself. The sums within a reference are the same every time.
    within_real = _remembered(
        real, ("kernel", len(fake), m, subsets, seed), lambda: [_within(real[rows]) for rows, _ in drawn]
    )
    distances = []
    for (rows, of_fake), within in zip(drawn, within_real, strict=True):
        x, y = real[rows], fake[of_fake]
        distances.append((within + _within(y)) / (m * (m - 1)) - 2 * _cubes(x @ (y / width).T) / m**2)
    return float(np.mean(distances)), float(np.std(distances))


# --- Neighbours -----------------------------------------------------------------------------------


def _remembered(features, key, compute):
    """What `compute()` returns for these features; kept by their content, for a reference comes again."""
    key = (hashlib.sha256(np.ascontiguousarray(features)).digest(), features.shape, *key)
    _known[key] = _known.pop(key) if key in _known else compute()
    if len(_known) > REMEMBERED:
        _known.pop(next(iter(_known)))  # what was asked for the longest ago
    return _known[key]


def _blocks(queries, pool):
    """Slices of so many queries that their distances to the pool fit into memory."""
    step = max(1, BLOCK_NUMBERS // len(pool))
    return [slice(start, min(start + step, len(queries))) for start in range(0, len(queries), step)]


def _squared_distances(block, pool):
    """The squared distances (n, len(pool)) of a block of queries."""
    squares = (-2 * block) @ pool.T
    squares += np.einsum("ij,ij->i", pool, pool)
    squares += np.einsum("ij,ij->i", block, block)[:, None]
    return np.maximum(squares, 0, out=squares)


def _squared_distances_of(queries, pool, i, j):
    """The squared distances of some pairs alone, from their differences."""
    squares, step = np.empty(len(i)), max(1, BLOCK_NUMBERS // (8 * pool.shape[1]))
    for start in range(0, len(i), step):
        part = slice(start, start + step)
        apart = queries[i[part]] - pool[j[part]]
        squares[part] = np.einsum("ij,ij->i", apart, apart)
    return squares


class _Rough:
    """Squared distances in float32 or float64, of which it is known how wrong they can be.

    Those in float32 cost half as much, and settle nearly all comparisons; the rest are computed exactly. All
    rows are moved and scaled into the unit ball first. The error of a squared distance is then the margin at
    most, from rounding each of the d numbers and each of d additions.
    """

    def __init__(self, queries, pool, kind=np.float32):
        middle = pool.mean(axis=0)
        rows = [queries - middle, pool - middle]
        squares = [np.einsum("ij,ij->i", one, one)[:, None] for one in rows]
        self.kind, self.scale = kind, max(one.max() for one in squares) or 1.0
        self.margin = kind(4 * (pool.shape[1] + 8) * np.finfo(kind).eps / 2)
        ones = [np.ones_like(one) for one in squares]
        scale = np.sqrt(self.scale)
        # |a|² − 2ab + |b|² as one product of (−2a, |a|², 1) and (b, 1, |b|²).
        query = [-2 * rows[0] / scale, squares[0] / self.scale, ones[0]]
        other = [rows[1] / scale, ones[1], squares[1] / self.scale]
        self.queries, self.pool = (np.concatenate(parts, axis=1).astype(kind) for parts in (query, other))

    def of(self, rows):
        """The scaled squared distances of some queries, (n, len(pool))."""
        return self.queries[rows] @ self.pool.T

    def compared(self, squares, bound):
        """Which of them are within the bound, as far as they can tell; and the flat places of the others."""
        scaled = (bound / self.scale).astype(self.kind)
        inside = squares <= scaled - self.margin
        return inside, np.flatnonzero(inside != (squares <= scaled + self.margin))


class _Balls(NamedTuple):
    """Which queries lie in any ball, which places of the pool are in reach of any, and of how many pairs."""

    queries: np.ndarray
    pool: np.ndarray
    pairs: int


def _balls(queries, pool, bounds):
    """A `_Balls` for each bound on the squared distances of all queries (n, d) to a pool (m, d).

    bounds: arrays of the largest squared distance that counts, (n, 1) or (1, m).
    """
    rough, finer, found = _Rough(queries, pool), None, [[] for _ in bounds]
    for rows in _blocks(queries, pool):
        squares = rough.of(rows)
        most = MOST_UNSURE * squares.size
        for bound, parts in zip(bounds, found, strict=True):
            bound = bound[rows] if len(bound) > 1 else bound
            inside, unsure = rough.compared(squares, bound)
            if len(unsure) > most:
                finer = finer or _Rough(queries, pool, np.float64)
                inside, unsure = finer.compared(finer.of(rows), bound)
            if len(unsure) > most:  # ties nearly everywhere
                inside = _squared_distances(queries[rows], pool) <= bound
            else:
                i, j = np.divmod(unsure, len(pool))
                exact = _squared_distances_of(queries[rows], pool, i, j)
                inside[i, j] = exact <= np.broadcast_to(bound, squares.shape)[i, j]
            parts.append((inside.any(axis=1), inside.any(axis=0), np.count_nonzero(inside)))
    return [
        _Balls(np.concatenate(in_any), np.any(reached, axis=0), sum(pairs))
        for in_any, reached, pairs in (zip(*parts, strict=True) for parts in found)
    ]


def nearest(queries, pool, k=1):
    """Return (distances, indices), each (n, k): the k nearest rows of `pool` for each query.

    Euclidean, nearest first. The lessons ask with it whether a generator copies: give the samples
    as queries and the training pictures as pool, as features or as pixels (flattened). A copy has
    distance 0 exactly.

    Raises ValueError when the pool has fewer than k rows or the widths differ.
    """
    pool, queries = _pair(pool, queries)
    if not 1 <= k <= len(pool):
        raise ValueError(f"k must lie between 1 and {len(pool)}, the size of the pool; got {k}.")
    parts = [_nearest(queries[rows], pool, k) for rows in _blocks(queries, pool)]
    squares, indices = (np.concatenate(part) for part in zip(*parts, strict=True))
    return np.sqrt(squares), indices


def _nearest(block, pool, k):
    """The squared distances and indices, (n, k) each, of the k nearest rows of the pool, nearest first."""
    chosen = np.argpartition(_squared_distances(block, pool), k - 1, axis=1)[:, :k]
    # |a|² − 2ab + |b|² loses digits where a ≈ b, so the few that count are computed anew.
    row = np.repeat(np.arange(len(block)), k)
    exact = _squared_distances_of(block, pool, row, chosen.ravel()).reshape(-1, k)
    order = np.argsort(exact, axis=1, kind="stable")
    return np.take_along_axis(exact, order, axis=1), np.take_along_axis(chosen, order, axis=1)


def _squared_radii(features, k, name):
    """The squared distance from each row to its k-th neighbour among the others."""
    if not 1 <= k < len(features):
        raise ValueError(
            f"k must lie between 1 and {len(features) - 1}, one less than the number of {name} "
            f"pictures; got {k}."
        )
    most = min(max(k, MOST_NEIGHBOURS), len(features) - 1)
    in_order = _remembered(features, ("radii", most), lambda: _smallest_squares(features, most + 1))
    # Each row is its own nearest neighbour: place 0 in the order, so the k-th has place k.
    return in_order[:, k]


def _smallest_squares(features, number):
    """The smallest squared distances of each row to all rows, (n, number), in order."""
    rough, in_order = _Rough(features, features), np.empty((len(features), number))
    some = max(number, len(features) // 4)
    for rows in _blocks(features, features):
        squares = rough.of(rows)
        # So many are near enough among some of the rows: no other that is farther can be one of them.
        bound = np.partition(squares[:, :some], number - 1, axis=1)[:, number - 1] + 2 * rough.margin
        near = np.flatnonzero(squares <= bound[:, None])
        if len(near) > MOST_UNSURE * squares.size:
            in_order[rows] = _nearest(features[rows], features, number)[0]
            continue
        i, j = np.divmod(near, len(features))
        exact = _squared_distances_of(features[rows], features, i, j)
        order = np.lexsort((exact, i))  # by row, and in it by distance
        first = np.searchsorted(i, np.arange(len(squares)))
        in_order[rows] = exact[order][first[:, None] + np.arange(number)]
    return in_order


def precision_recall(real, fake, k=3):
    """Return (precision, recall) of fake (m, d) against real (n, d) features, both from 0 to 1.

    Around every real picture lies a ball that reaches to its k-th real neighbour. Precision is the
    share of fakes that lie in any such ball (do they look real?). Recall exchanges the roles: the
    share of real pictures that lie in a ball around a fake (is everything covered?).
    Kynkäänniemi et al., "Improved precision and recall metric for assessing generative models",
    NeurIPS 2019, arXiv 1904.06991.

    Real against real does not give 1: compare with the floor at the same counts. Raises ValueError
    when there are not more than k pictures of either kind.
    """
    real, fake = _pair(real, fake)
    in_real, in_fake = _balls(fake, real, _bounds(real, fake, k))
    return float(in_real.queries.mean()), float(in_fake.pool.mean())


def density_coverage(real, fake, k=5):
    """Return (density, coverage) of fake (m, d) against real (n, d) features.

    Density counts, for each fake, the real balls it lies in, divided by k: about 1 for real
    pictures, more where fakes crowd into the densest regions. One outlier among the real pictures,
    with its wide ball, moves it less than it moves precision. Coverage, from 0 to 1, is the
    share of real balls that hold a fake. Naeem et al., "Reliable fidelity and diversity metrics for
    generative models", ICML 2020, arXiv 2002.09797.

    Raises ValueError when there are not more than k real pictures.
    """
    real, fake = _pair(real, fake)
    (in_real,) = _balls(fake, real, [_squared_radii(real, k, "real")[None]])
    return in_real.pairs / (k * len(fake)), float(in_real.pool.mean())


def precision_recall_density_coverage(real, fake, k=3, density_k=5):
    """Return what `precision_recall` and `density_coverage` return, from one look at the distances."""
    real, fake = _pair(real, fake)
    bounds = [*_bounds(real, fake, k), _squared_radii(real, density_k, "real")[None]]
    near, in_fake, in_real = _balls(fake, real, bounds)
    return (
        float(near.queries.mean()), float(in_fake.pool.mean()),
        in_real.pairs / (density_k * len(fake)), float(in_real.pool.mean()),
    )  # fmt: skip


def _bounds(real, fake, k):
    """The squared radii of the real balls (1, n) and of the fake ones (m, 1), as bounds of fake to real."""
    return [_squared_radii(real, k, "real")[None], _squared_radii(fake, k, "fake")[:, None]]


# --- Features without a network -------------------------------------------------------------------


def colour_texture(images, blocks=4):
    """Return the colour and texture of pictures, float64 (n, 2·channels·blocks²), as features.

    The picture is divided into blocks × blocks parts. Of each part and channel: the mean, and the
    root mean square difference between neighbouring pixels. Pixels are taken in [-1, 1]. No network
    looks at the pictures, so such features know nothing of shapes: a distance in them says whether
    colours, their places, and coarse or fine detail are right.

    images: uint8, or float in [-1, 1], (n, height, width, channels), both sides divisible by
        `blocks`. Raises ValueError otherwise.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] % blocks or images.shape[2] % blocks:
        raise ValueError(
            f"colour_texture needs pictures (n, height, width, channels) whose sides {blocks} "
            f"divides, got {images.shape}."
        )
    pixels = images.astype(np.float64)
    if images.dtype == np.uint8:
        pixels = pixels / 127.5 - 1
    detail = np.zeros_like(pixels)
    detail[:, 1:] += np.square(np.diff(pixels, axis=1)) / 2
    detail[:, :, 1:] += np.square(np.diff(pixels, axis=2)) / 2

    def by_block(values):
        n, height, width, channels = values.shape
        parts = (n, blocks, height // blocks, blocks, width // blocks, channels)
        return values.reshape(parts).mean(axis=(2, 4)).reshape(n, -1)

    return np.concatenate([by_block(pixels), np.sqrt(by_block(detail))], axis=1)


# --- Pictures with a right answer -----------------------------------------------------------------


def psnr(right, made):
    """The peak signal-to-noise ratio of each picture: 10 log10(range² / mean squared error).

    Args:
        right, made: pictures (n, h, w, channels), both uint8 (range 255) or both float in [-1, 1]
            (range 2).

    Returns:
        float64 (n,), in decibels (dB); infinite where two pictures are equal. Halving the error
        everywhere adds 6.02 dB.
    """
    right, made, span = _pictures(right, made)
    error = np.square(right - made).mean(axis=(1, 2, 3))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(span**2 / error)


def ssim(right, made, where=None):
    """The structural similarity of each picture: 1 if equal, near 0 if unrelated.

    Wang, Bovik, Sheikh, Simoncelli (IEEE TIP 13(4), 2004), with their Gaussian window (standard
    deviation 1.5 pixels, 11 x 11) and constants; a picture in colour has the mean of its channels. Only
    windows that lie wholly in the picture are averaged, as scikit-image and TensorFlow do.

    Args:
        right, made: as for `psnr`, at least 11 pixels high and wide.
        where: None, or booleans (n, h, w) or (h, w): only windows whose centre is true are averaged,
            such as those inside a hole.

    Returns:
        float64 (n,), at most 1.

    Raises:
        ValueError: for shapes or types that do not fit, for pictures under 11 pixels, or if `where`
            holds the centre of no whole window in a picture.
    """
    right, made, span = _pictures(right, made)
    if min(right.shape[1:3]) < 11:
        raise ValueError(
            f"SSIM looks through a window of 11 x 11 pixels; these pictures have {right.shape[1]} x "
            f"{right.shape[2]}."
        )
    where = np.ones(right.shape[1:3], bool) if where is None else np.asarray(where, bool)
    whole = (slice(None), *[slice(SSIM_REACH, -SSIM_REACH)] * 2)  # centres of windows that lie in the picture
    where = np.broadcast_to(where, right.shape[:3])[whole]
    if not where.any(axis=(1, 2)).all():
        raise ValueError(
            "`where` is true nowhere in at least one picture, or only within 5 pixels of its edge, where "
            "no window of 11 x 11 pixels is whole: nothing to average."
        )
    values = []
    for one, other, inside in zip(right, made, where, strict=True):
        _, similarity = skimage.metrics.structural_similarity(
            one, other, data_range=span, channel_axis=-1, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False, full=True,
        )  # fmt: skip
        values.append(similarity.mean(axis=-1)[whole[1:]][inside].mean())
    return np.array(values)


def _pictures(right, made):
    """Both as float64 from 0 up, and the range of their values: 255 or 2."""
    right, made = np.asarray(right), np.asarray(made)
    if right.shape != made.shape or right.ndim != 4:
        raise ValueError(
            "Both must be pictures of one shape (n, height, width, channels), got "
            f"{right.shape} and {made.shape}."
        )
    kinds = {array.dtype == np.uint8 for array in (right, made)}
    if len(kinds) > 1:
        raise ValueError(
            f"One is {right.dtype} and the other {made.dtype}: bring both to uint8 (data.to_uint8) "
            "or both to [-1, 1] (data.signed)."
        )
    if True in kinds:
        return right.astype(np.float64), made.astype(np.float64), 255
    # SSIM compares means as quotients: black has to be 0.
    return right.astype(np.float64) + 1, made.astype(np.float64) + 1, 2
