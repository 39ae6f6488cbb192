"""What the lessons of 02_vae say of three seeds, held against the study that they read."""

import numpy as np
import pytest
from scipy import stats

from course_lib import inference, results

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def study():
    return results.study("autoencoders")


def test_every_lesson_was_measured_with_three_seeds(study):
    for lesson in ("from autoencoder to vae", "a space of pictures", "likelihood and collapse"):
        assert [one["seed"] for one in study[lesson]] == [1, 2, 3]


def test_after_equal_steps_an_autoencoder_with_a_fitted_gaussian_is_nearer_than_a_vae(study):
    codes = [one["codes"] for one in study["from autoencoder to vae"]]
    fitted = [one["autoencoder"]["own covariance"] for one in codes]
    for name in ("standard normal", "own covariance"):
        further = inference.difference([one["VAE"][name] for one in codes], fitted, paired=True)
        assert further.decided and further.value > 0
    random = [one["autoencoder"]["standard normal"] for one in codes]
    promise = inference.difference(random, [one["VAE"]["standard normal"] for one in codes], paired=True)
    assert promise.decided and promise.value > 0


def test_a_mistake_that_says_nothing_gives_back_one_picture_with_every_seed(study):
    for one in study["from autoencoder to vae"]:
        for name in ("fresh noise", "mean of pixels", "separate goals"):
            assert one["mistakes"][name]["differs"] < 0.1 < one["mistakes"]["as derived"]["differs"]


def test_the_tighter_bound_ranks_prices_as_the_distance_does_and_the_elbo_does_not(study):
    for one in study["likelihood and collapse"]:
        rows = list(one["beta"].values())
        far = [row["distance"] for row in rows]
        elbo, tight = (
            stats.spearmanr([-row[name] for row in rows], far).statistic for name in ("ELBO", "L_100")
        )
        assert elbo < tight
        assert max(rows, key=lambda row: row["ELBO"]) is one["beta"]["1"]


def test_the_warm_up_gives_the_strong_decoder_a_better_bound(study):
    strong = [one["strong"] for one in study["likelihood and collapse"]]
    gain = inference.difference(
        *([one[name]["L_100"] for one in strong] for name in ("warm-up", "as it is")), True
    )
    assert gain.decided and gain.value > 0


def test_a_smaller_sigma_says_more_nats(study):
    for one in study["a space of pictures"]:
        nats = [one["trade"][sigma]["KL"] for sigma in ("0.5", "0.2", "0.08")]
        assert np.all(np.diff(nats) > 0)
