"""dissection.py: units of a generator. Runs on whichever backend is active."""

import keras
import numpy as np
import pytest

from course_lib import dissection
from course_lib.models import gan

pytestmark = pytest.mark.backends

RNG = np.random.default_rng(0)


def test_the_halves_of_a_cut_generator_are_the_generator():
    generator = gan.conditional_generator(2, latent_size=3, picture_shape=(16, 16, 3), widths=(6, 5, 4, 3))
    inputs = [RNG.normal(size=(4, 3)).astype("float32"), np.eye(2, dtype="float32")[[0, 1, 1, 0]]]
    whole = keras.ops.convert_to_numpy(generator(inputs))
    for side in (4, 8):
        front, back = dissection.cut(generator, side)
        activations = front(inputs)
        assert activations.shape[1:3] == (side, side)
        np.testing.assert_allclose(keras.ops.convert_to_numpy(back(activations)), whole, atol=1e-5)
    with pytest.raises(ValueError, match=r"side 7; there are \[4, 8, 16\]"):
        dissection.cut(generator, 7)


def test_a_unit_that_is_the_mask_agrees_fully_and_its_opposite_not_at_all():
    mask = RNG.random((6, 8, 8)) < 0.3
    units = np.stack([mask, ~mask, np.ones_like(mask), RNG.random(mask.shape) < 0.5], axis=-1).astype(
        "float32"
    )
    iou = dissection.agreement(units, mask, np.full(4, 0.5))
    np.testing.assert_allclose(iou[:2], [1, 0])
    assert iou[2] == pytest.approx(mask.mean(), abs=1e-6)  # lit everywhere: the mask's share
    nothing = dissection.agreement(units, np.zeros_like(mask), np.full(4, 2.0))
    assert np.array_equal(nothing, np.zeros(4))


def test_agreement_counts_all_pictures_together():
    mask = np.zeros((2, 2, 2), bool)
    mask[0], mask[1, 0, 0] = True, True
    unit = np.ones((2, 2, 2, 1), "float32")
    np.testing.assert_allclose(dissection.agreement(unit, mask, np.zeros(1)), [5 / 8])


def test_the_best_threshold_is_found():
    mask = RNG.random((10, 16, 16)) < 0.2
    good = mask + 0.1 * RNG.normal(size=mask.shape)
    both = np.stack([good, 100 * good - 7, RNG.normal(size=mask.shape)], axis=-1)
    thresholds, iou = dissection.fit_thresholds(both, mask)
    assert iou[0] > 0.9 and iou[1] == pytest.approx(iou[0]) and iou[2] < 0.25
    np.testing.assert_allclose(dissection.agreement(both, mask, thresholds), iou)


def test_grids_meet_half_way():
    mask = np.zeros((1, 8, 8), bool)
    mask[0, :4, 4:] = True
    mask[0, 7, 0] = True  # a quarter of its cell
    small = dissection.coarse(mask, 4)
    assert small.shape == (1, 4, 4) and small.sum() == 4 and small[0, :2, 2:].all()
    large = dissection.spread(small[..., None].astype("float32"), 8)
    assert large.shape == (1, 8, 8, 1) and np.array_equal(large[..., 0] > 0.5, mask & (mask.sum() > 0) & (
        np.arange(8)[:, None] < 4)[None])  # fmt: skip
    with pytest.raises(ValueError, match="does not divide"):
        dissection.coarse(mask, 3)


def test_a_share_has_an_interval_over_pictures():
    whole = np.array([10, 30, 0, 60])
    share, low, high = dissection.share_interval(whole / 2, whole)
    assert share == low == high == 0.5
    share, low, high = dissection.share_interval([10, 0, 0, 0], whole)
    assert low == 0 and low < share < high and share == 0.1
    with pytest.raises(ValueError, match="empty in all pictures"):
        dissection.share_interval([0, 0], [0, 0])


def test_a_rank_correlation_has_an_interval_over_units():
    x = RNG.normal(size=60)
    assert dissection.rank_interval(x, np.exp(x)) == pytest.approx((1, 1, 1))
    rho, low, high = dissection.rank_interval(x, RNG.normal(size=60))
    assert low < rho < high and low < 0 < high
    narrow = dissection.rank_interval(np.tile(x, 9), np.tile(-x, 9))
    assert narrow == pytest.approx((-1, -1, -1))
