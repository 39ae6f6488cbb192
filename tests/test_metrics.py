"""The metrics against independent computations: SciPy's square root, loops, brute force."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy import linalg
from scipy.spatial.distance import cdist
from skimage.metrics import structural_similarity

from course_lib import metrics

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)


def features(n, d=12, shift=0.0, seed=0):
    """Correlated, skewed features, a little like those of a network after ReLU."""
    rng = np.random.default_rng(seed)
    mix = np.random.default_rng(99).normal(size=(d, d)) / np.sqrt(d)
    return np.maximum(rng.normal(size=(n, d)) @ mix + 0.3 + shift, 0)


REAL, FAKE = features(300, seed=1), features(220, shift=0.2, seed=2)
BOTH = [
    metrics.frechet,
    lambda real, fake: metrics.kernel(real, fake, subset_size=len(fake), subsets=1),
    metrics.precision_recall,
    metrics.density_coverage,
]
BOTH_NAMES = ["frechet", "kernel", "precision_recall", "density_coverage"]


def test_import_needs_no_tensorflow():
    code = (
        "import sys, course_lib.metrics; "
        "sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras', 'jax', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- Fréchet distance


def frechet_by_sqrtm(real, fake):
    """The textbook formula, by SciPy's general matrix square root."""
    covariance_1, covariance_2 = np.cov(real.T), np.cov(fake.T)
    root = linalg.sqrtm(covariance_1 @ covariance_2)
    trace = np.trace(covariance_1 + covariance_2 - 2 * np.real(root))
    return np.sum((real.mean(0) - fake.mean(0)) ** 2) + trace


@pytest.mark.parametrize("d", [2, 12, 64])
def test_frechet_equals_matrix_square_root(d):
    real, fake = features(500, d, seed=3), features(400, d, shift=0.1, seed=4)
    assert metrics.frechet(real, fake) == pytest.approx(frechet_by_sqrtm(real, fake), rel=1e-6)


def test_frechet_of_one_feature_is_the_closed_form():
    real, fake = RNG.normal(0, 1, (50, 1)), RNG.normal(3, 2, (70, 1))
    expected = (real.mean() - fake.mean()) ** 2 + (real.std(ddof=1) - fake.std(ddof=1)) ** 2
    assert metrics.frechet(real, fake) == pytest.approx(expected, rel=1e-10)


def test_frechet_of_known_gaussians():
    """Diagonal covariances: each axis adds (difference of means)² + (difference of spreads)²."""
    mean_1, mean_2 = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.0])
    spread_1, spread_2 = np.array([1.0, 2.0, 0.0]), np.array([3.0, 2.0, 0.5])
    distance = metrics.frechet_of_moments(mean_1, np.diag(spread_1**2), mean_2, np.diag(spread_2**2))
    assert distance == pytest.approx(1 + 0 + 4 + 4 + 0 + 0.25, rel=1e-9)


def test_frechet_of_large_samples_tends_to_the_known_distance():
    rng = np.random.default_rng(5)
    real, fake = rng.normal(0, 1, (40_000, 4)), rng.normal(0.5, 2, (40_000, 4))
    assert metrics.frechet(real, fake) == pytest.approx(4 * (0.25 + 1), rel=0.03)


def test_frechet_is_symmetric_and_zero_for_the_same_pictures():
    assert metrics.frechet(REAL, FAKE) == pytest.approx(metrics.frechet(FAKE, REAL), rel=1e-9)
    assert metrics.frechet(REAL, REAL[::-1]) < 1e-10


def test_frechet_of_dead_and_repeated_features():
    """Singular covariances, as ReLU makes them; sqrtm struggles, so a closed form decides."""
    real, fake = np.zeros((100, 6)), np.zeros((100, 6))
    real[:, 0] = real[:, 1] = RNG.normal(size=100)
    fake[:, 0] = fake[:, 1] = 2 * real[:, 0]
    one = real[:, :1]
    expected = 2 * (one.mean() ** 2 + one.std(ddof=1) ** 2)
    assert metrics.frechet(real, fake) == pytest.approx(expected, rel=1e-6)


def test_frechet_with_fewer_pictures_than_features_warns_and_still_holds():
    real, fake = features(300, 40, seed=6), features(30, 40, seed=7)
    with pytest.warns(UserWarning, match="30 pictures are too few for 40 features"):
        distance = metrics.frechet(real, fake)
    assert distance == pytest.approx(frechet_by_sqrtm(real, fake), rel=1e-4)


def test_frechet_with_enough_pictures_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics.frechet(REAL, FAKE)


def test_rotating_both_sets_changes_nothing():
    turn, _ = np.linalg.qr(np.random.default_rng(8).normal(size=(12, 12)))
    turned = REAL @ turn, FAKE @ turn
    assert metrics.frechet(*turned) == pytest.approx(metrics.frechet(REAL, FAKE), rel=1e-9)
    assert metrics.precision_recall(*turned) == metrics.precision_recall(REAL, FAKE)
    assert metrics.density_coverage(*turned) == metrics.density_coverage(REAL, FAKE)


# --- its bias


def test_bias_falls_with_the_number_of_pictures_and_extrapolates_to_the_truth():
    rng = np.random.default_rng(9)
    real, fake = rng.normal(size=(100_000, 16)), rng.normal(size=(2_000, 16))
    bias = metrics.frechet_bias(real, fake, repeats=5)
    assert bias.sizes[0] == 250 and bias.sizes[-1] == 2_000
    assert bias.distances[0] > 3 * bias.distances[-1]
    assert bias.distances[-1] == pytest.approx(metrics.frechet(real, fake))
    assert abs(bias.extrapolated) < bias.distances[-1] / 3  # the truth is 0


def test_bias_extrapolation_is_the_line_through_the_distances():
    bias = metrics.frechet_bias(REAL, FAKE, sizes=[50, 220], repeats=1)
    (x0, x1), (y0, y1) = 1 / bias.sizes, bias.distances
    assert bias.extrapolated == pytest.approx(y0 - x0 * (y1 - y0) / (x1 - x0))


def test_bias_repeats_with_its_seed():
    first, again = (metrics.frechet_bias(REAL, FAKE, seed=3) for _ in range(2))
    assert np.array_equal(first.distances, again.distances)


@pytest.mark.parametrize("sizes", [[100], [100, 100], [1, 100], [100, 221]])
def test_bias_refuses_sizes_it_cannot_draw(sizes):
    with pytest.raises(ValueError, match="sizes must be at least two different numbers"):
        metrics.frechet_bias(REAL, FAKE, sizes=sizes)


# --- kernel distance


def test_kernel_equals_loops():
    """Every pair by hand, no picture with itself."""

    def k(a, b):
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    x, y = REAL[:20], FAKE[:20]
    n = len(x)
    within_x = sum(k(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within_y = sum(k(y[i], y[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    between = sum(k(a, b) for a in x for b in y) / n**2
    mean, spread = metrics.kernel(x, y, subset_size=n, subsets=1)
    assert mean == pytest.approx(within_x + within_y - 2 * between, rel=1e-9)
    assert spread == 0


def test_kernel_is_unbiased():
    """Of pictures from one source it is zero on average, however few; Fréchet's is not."""
    rng = np.random.default_rng(10)
    draws = [metrics.kernel(rng.normal(size=(30, 8)), rng.normal(size=(30, 8)), 30, 1)[0] for _ in range(400)]
    assert abs(np.mean(draws)) < 4 * np.std(draws) / np.sqrt(400)
    assert min(draws) < 0


def test_kernel_spread_shrinks_with_larger_subsets_and_repeats_with_its_seed():
    small = metrics.kernel(REAL, FAKE, 20, 100, seed=1)
    large = metrics.kernel(REAL, FAKE, 150, 100, seed=1)
    assert large[1] < small[1]
    assert metrics.kernel(REAL, FAKE, 20, 100, seed=1) == small
    assert metrics.kernel(REAL, FAKE, 20, 100, seed=2) != small


@pytest.mark.parametrize(("size", "subsets"), [(1, 5), (221, 5), (50, 0)])
def test_kernel_refuses_impossible_subsets(size, subsets):
    with pytest.raises(ValueError, match="subset_size must lie between 2 and 220"):
        metrics.kernel(REAL, FAKE, size, subsets)


# --- neighbours


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of a few rows, so that their seams are tested too."""
    monkeypatch.setattr(metrics, "BLOCK_NUMBERS", 2_000)
    monkeypatch.setattr(metrics, "_known", {})


def brute_precision_recall(real, fake, k):
    between = cdist(fake, real)
    real_radii = np.sort(cdist(real, real), axis=1)[:, k]
    fake_radii = np.sort(cdist(fake, fake), axis=1)[:, k]
    precision = np.mean([any(row <= real_radii) for row in between])
    recall = np.mean([any(column <= fake_radii) for column in between.T])
    return precision, recall


def brute_density_coverage(real, fake, k):
    between = cdist(real, fake)
    radii = np.sort(cdist(real, real), axis=1)[:, k]
    inside = between <= radii[:, None]
    return inside.sum() / (k * len(fake)), inside.any(axis=1).mean()


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_balls_equal_brute_force(small_blocks, k):
    assert metrics.precision_recall(REAL, FAKE, k) == pytest.approx(brute_precision_recall(REAL, FAKE, k))
    assert metrics.density_coverage(REAL, FAKE, k) == pytest.approx(brute_density_coverage(REAL, FAKE, k))


def hard_cases():
    """Sets in which float32 alone would count wrongly, and ones for which it is too rough altogether."""
    rng = np.random.default_rng(5)
    real, fake = features(150, seed=1), features(120, seed=2)
    grid = rng.integers(0, 3, (160, 4)).astype(float)  # hardly anything but ties and duplicates
    outlier = real.copy()
    outlier[0] += 1e5
    near = real[:120] * (1 + 1e-9 * rng.normal(size=(120, 12)))
    return {
        "copies": (real, real[::2].copy()),
        "ties": (grid, grid[::-1][:90] + rng.choice([0.0, 1.0], (90, 4))),
        "one far away": (outlier, fake),
        "far from 0": (real + 1e4, fake + 1e4),
        "nearly copies": (real, near),
        "all the same": (np.ones((30, 3)), np.ones((25, 3))),
    }


def counted(real, fake, real_k=5, fake_k=3):
    """Which pairs lie within the balls, from the differences alone."""
    between = np.square(fake[:, None] - real[None]).sum(axis=-1)
    radii = [np.sort(np.square(x[:, None] - x[None]).sum(axis=-1), axis=1) for x in (real, fake)]
    return between <= radii[0][:, real_k], between <= radii[1][:, [fake_k]]


@pytest.mark.parametrize("case", hard_cases())
def test_rough_distances_settle_nothing_that_they_cannot(small_blocks, case):
    real, fake = hard_cases()[case]
    in_real, in_fake = counted(real, fake)
    density, coverage = metrics.density_coverage(real, fake, k=5)
    recall = metrics.precision_recall(real, fake, k=3)[1]
    assert density == pytest.approx(in_real.sum() / (5 * len(fake)), abs=1e-12)
    assert coverage == in_real.any(axis=0).mean()
    assert recall == in_fake.any(axis=0).mean()


def test_neighbours_are_remembered_by_content():
    real = REAL.copy()
    before = metrics.precision_recall(real, FAKE)
    real += 100  # the same array holds other pictures now
    assert metrics.precision_recall(real, FAKE) == (0, 0)
    assert metrics.precision_recall(real - 100, FAKE) == pytest.approx(before)
    for number in range(2 * metrics.REMEMBERED):
        metrics.density_coverage(REAL + number, FAKE)
    assert len(metrics._known) <= metrics.REMEMBERED


@pytest.mark.parametrize("k", [1, 4])
def test_nearest_equals_brute_force(small_blocks, k):
    distances, indices = metrics.nearest(FAKE, REAL, k)
    all_distances = cdist(FAKE, REAL)
    assert np.array_equal(indices, np.argsort(all_distances, axis=1)[:, :k])
    assert np.allclose(distances, np.sort(all_distances, axis=1)[:, :k], rtol=1e-12)
    assert distances.shape == indices.shape == (220, k)


def test_nearest_finds_copies_at_distance_zero():
    pictures = RNG.integers(0, 256, (200, 784), dtype=np.uint8)
    chosen = RNG.permutation(200)[:50]
    distances, indices = metrics.nearest(pictures[chosen], pictures)
    assert np.array_equal(indices[:, 0], chosen)
    assert (distances == 0).all()


def test_nearest_in_whole_numbers_does_not_overflow():
    distances, _ = metrics.nearest(np.zeros((1, 784), np.uint8), np.full((1, 784), 255, np.uint8))
    assert distances[0, 0] == pytest.approx(255 * 28)


def test_nearest_far_from_the_origin_keeps_its_digits():
    distances, indices = metrics.nearest(REAL[:5] + 1e6, REAL + 1e6)
    assert np.array_equal(indices[:, 0], range(5))
    assert (distances == 0).all()


@pytest.mark.parametrize("k", [0, 301])
def test_nearest_refuses_impossible_k(k):
    with pytest.raises(ValueError, match="k must lie between 1 and 300"):
        metrics.nearest(FAKE, REAL, k)


@pytest.mark.parametrize("metric", [metrics.precision_recall, metrics.density_coverage])
@pytest.mark.parametrize("k", [0, 300])
def test_balls_refuse_impossible_k(metric, k):
    with pytest.raises(ValueError, match="k must lie between 1 and 299.*real pictures"):
        metric(REAL, FAKE, k)


# --- what the numbers mean


def test_the_same_pictures_are_perfect():
    assert metrics.precision_recall(REAL, REAL) == (1, 1)
    density, coverage = metrics.density_coverage(REAL, REAL)
    assert coverage == 1
    assert density == pytest.approx(1, abs=0.3)


def test_far_away_pictures_are_worthless():
    assert metrics.precision_recall(REAL, FAKE + 100) == (0, 0)
    assert metrics.density_coverage(REAL, FAKE + 100) == (0, 0)


def test_a_missing_class_costs_recall_and_coverage_but_not_precision():
    rng = np.random.default_rng(11)
    real = np.concatenate([rng.normal(0, 1, (200, 4)), rng.normal(20, 1, (200, 4))])
    whole = np.concatenate([rng.normal(0, 1, (200, 4)), rng.normal(20, 1, (200, 4))])
    half = rng.normal(0, 1, (400, 4))
    precision, recall = metrics.precision_recall(real, half)
    whole_precision, whole_recall = metrics.precision_recall(real, whole)
    assert precision > whole_precision - 0.05
    assert recall < 0.55 < whole_recall
    assert metrics.density_coverage(real, half)[1] < 0.55
    assert metrics.frechet(real, half) > 10 * metrics.frechet(real, whole)
    assert metrics.kernel(real, half, 300)[0] > 10 * abs(metrics.kernel(real, whole, 300)[0])


def test_one_picture_repeated_has_precision_but_no_recall():
    repeated = np.repeat(REAL[:1], 200, axis=0)
    precision, recall = metrics.precision_recall(REAL, repeated)
    assert precision == 1
    assert recall <= 2 / len(REAL)
    assert metrics.density_coverage(REAL, repeated)[1] < 0.2


def test_an_outlier_moves_precision_more_than_density():
    """The reason for density: one real outlier's ball takes in fakes that are far from all else."""
    rng = np.random.default_rng(12)
    real = np.concatenate([rng.normal(size=(300, 2)), [[50, 50]]])
    fake = rng.normal(30, 1, (300, 2))
    assert metrics.precision_recall(real, fake)[0] == 1
    assert metrics.density_coverage(real, fake)[0] < 0.25


@pytest.mark.parametrize("metric", BOTH, ids=BOTH_NAMES)
def test_the_order_of_pictures_does_not_count(metric):
    mixed = RNG.permutation(FAKE)
    real = REAL[:220]
    assert metric(RNG.permutation(real), mixed) == pytest.approx(metric(real, FAKE), rel=1e-9)


@pytest.mark.parametrize("metric", BOTH, ids=BOTH_NAMES)
def test_inputs_are_left_alone_and_float32_is_enough(metric):
    real, fake = REAL.astype("float32"), FAKE.astype("float32")
    before = real.copy(), fake.copy()
    assert metric(real, fake) == pytest.approx(metric(REAL, FAKE), rel=1e-4)
    assert np.array_equal(real, before[0]) and np.array_equal(fake, before[1])


# --- bad input


def broken(value):
    rows = FAKE.copy()
    rows[3, 2] = value
    return rows


@pytest.mark.parametrize("metric", BOTH, ids=BOTH_NAMES)
@pytest.mark.parametrize(
    ("fake", "sentence"),
    [
        (broken(np.nan), "1 of the 220 fake rows hold NaN"),
        (broken(np.inf), "1 of the 220 fake rows hold NaN"),
        (FAKE[:, :5], "Real rows have 12 features and fake rows 5"),
        (FAKE[0], "must be an array of numbers of shape"),
        (np.zeros((5, 28, 28, 1)), "reshape"),
        (np.zeros((5, 0)), "must be an array of numbers of shape"),
        (np.array([["a"]]), "must be an array of numbers of shape"),
        (FAKE[:0], "at least . fake pictures, got 0"),
    ],
    ids=["nan", "infinite", "widths", "vector", "pictures", "no-features", "text", "none"],
)
def test_bad_features_get_one_sentence(metric, fake, sentence):
    with pytest.raises(ValueError, match=sentence):
        metric(REAL, fake)


def test_one_picture_has_no_covariance():
    with pytest.raises(ValueError, match="at least 2 fake pictures, got 1"):
        metrics.frechet(REAL, FAKE[:1])
    with pytest.raises(ValueError, match="at least 2 given pictures"):
        metrics.moments(REAL[:1])


# --- pictures with a right answer


def pictures(n=3, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 24, 20, 3)).astype(np.uint8)


def test_psnr_of_a_known_error_and_in_either_range():
    right = np.full((2, 4, 4, 1), 100, np.uint8)
    made = right + np.array([1, 2], np.uint8).reshape(2, 1, 1, 1)
    assert np.allclose(metrics.psnr(right, made), 20 * np.log10([255, 127.5]))
    signed = [array / 127.5 - 1 for array in (right, made)]
    assert np.allclose(metrics.psnr(*signed), metrics.psnr(right, made))
    assert np.isinf(metrics.psnr(right, right)).all()


def test_psnr_does_not_wrap_around():
    dark, bright = np.zeros((1, 4, 4, 1), np.uint8), np.full((1, 4, 4, 1), 255, np.uint8)
    assert metrics.psnr(dark, bright) == metrics.psnr(bright, dark) == 0


def test_ssim_is_one_for_equals_falls_with_noise_and_does_not_mind_the_range():
    right = np.repeat(np.linspace(0, 255, 24)[None, :, None, None], 20, 2).astype(np.uint8)
    noise = np.random.default_rng(0).normal(size=right.shape)
    little, much = ((right + s * noise).clip(0, 255).astype(np.uint8) for s in (4, 60))
    assert metrics.ssim(right, right) == pytest.approx(1)
    assert 1 > metrics.ssim(right, little) > metrics.ssim(right, much)
    assert metrics.ssim(right, much) == pytest.approx(metrics.ssim(right / 127.5 - 1, much / 127.5 - 1))


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image(channels):
    right, made = np.random.default_rng(1).integers(0, 256, (2, 2, 19, 31, channels)).astype(np.uint8)
    made[:] = right // 2 + made // 2
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    theirs = [
        structural_similarity(*pair, data_range=255, channel_axis=-1, **settings)
        for pair in zip(right, made, strict=True)
    ]
    np.testing.assert_allclose(metrics.ssim(right, made), theirs, atol=1e-6)


def test_ssim_is_that_of_tensorflow():
    tf = pytest.importorskip("tensorflow")
    right, made = np.random.default_rng(2).integers(0, 256, (2, 3, 28, 28, 1)).astype(np.uint8)
    made[:] = right // 3 * 2 + made // 3
    theirs = tf.image.ssim(right.astype("float64"), made.astype("float64"), 255.0)
    np.testing.assert_allclose(metrics.ssim(right, made), theirs, atol=1e-6)


def test_ssim_with_a_mask_counts_whole_windows():
    right = pictures(2)
    made = right // 2
    everywhere = np.ones((24, 20), bool)
    np.testing.assert_allclose(metrics.ssim(right, made, where=everywhere), metrics.ssim(right, made))
    edge = everywhere.copy()
    edge[5:-5, 5:-5] = False
    with pytest.raises(ValueError, match="within 5 pixels of its edge"):
        metrics.ssim(right, made, where=edge)


def test_ssim_looks_only_where_it_is_told():
    right = pictures()
    made = right.copy()
    made[:, :12] = 255 - made[:, :12]
    upper = np.arange(24)[:, None] < np.full(20, 6)
    assert (metrics.ssim(right, made, where=upper) < 0.1).all()
    assert np.allclose(metrics.ssim(right, made, where=np.flipud(upper)), 1)


@pytest.mark.parametrize(
    ("right", "made", "where", "sentence"),
    [
        (pictures(2), pictures(3), None, "one shape"),
        (pictures(2), pictures(2) / 127.5 - 1, None, "data.to_uint8"),
        (pictures(2)[0], pictures(2)[0], None, "one shape"),
        (pictures()[:, :8], pictures()[:, :8], None, "11 x 11"),
        (pictures(), pictures(), np.zeros((24, 20)), "true nowhere"),
    ],
)
def test_ssim_says_what_is_wrong(right, made, where, sentence):
    with pytest.raises(ValueError, match=sentence):
        metrics.ssim(right, made, where=where)
