"""course_lib/inference: intervals hold what they say, and equal entrants are seldom told apart."""

import numpy as np
import pytest
from scipy import stats

from course_lib import inference, results

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(1)
FIVE = RNG.normal(3, 2, 5)


def test_the_interval_of_a_mean_is_students():
    found = inference.mean(FIVE)
    assert found.value == pytest.approx(FIVE.mean())
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 4, FIVE.mean(), stats.sem(FIVE)))
    assert found.runs == pytest.approx(FIVE)
    once = inference.mean([2])
    assert (once.value, once.low, once.high, once.n) == (2, 2, 2, 1)


def test_an_estimate_tells_its_kind_and_how_many():
    assert inference.mean([1, 2, 3]).named() == "2 (-0.484 to 4.48; Student's t, 3 seeds)"
    assert inference.median([1, 2, 3]).named() == "2 (1 to 3; order statistics, 3 turns, 75% only)"


@pytest.mark.parametrize(("n", "places"), [(5, (0, 4)), (6, (0, 5)), (9, (1, 7)), (15, (3, 11))])
def test_the_interval_of_a_median_lies_between_two_turns(n, places):
    turns = RNG.permutation(np.arange(n) ** 2.0)
    found = inference.median(turns)
    assert (found.low, found.high) == (places[0] ** 2, places[1] ** 2)
    assert found.value == np.median(turns)


@pytest.mark.parametrize("n", [3, 5, 7, 11])
def test_a_median_is_held_as_often_as_it_says(n):
    turns = RNG.exponential(size=(4000, n))
    found = [inference.median(row) for row in turns]
    held = np.mean([one.low <= np.log(2) <= one.high for one in found])
    assert held > found[0].level - 0.02


def test_the_interval_of_a_share_is_wilsons():
    z, n, p = stats.norm.ppf(0.975), 50, 0.1
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = inference.share(np.arange(n) < 5)
    assert (found.low, found.high) == pytest.approx((middle - half, middle + half))
    assert inference.share(5, 50) == found
    assert inference.share(0, 20).low == 0 and inference.share(0, 20).high > 0.1


def test_drawing_again_gives_the_interval_of_a_mean_of_many():
    pictures = RNG.normal(size=400)
    found = inference.resampled(np.mean, pictures, draws=2000)
    half = 1.96 * pictures.std() / 20
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half), abs=0.02)
    assert found == inference.resampled(np.mean, pictures, draws=2000)


def test_the_difference_of_two_entrants_is_welchs():
    other = RNG.normal(5, 0.5, 3)
    found = inference.difference(FIVE, other, paired=False)
    right = stats.ttest_ind(FIVE, other, equal_var=False)
    assert (found.low, found.high) == pytest.approx(tuple(right.confidence_interval(0.95)))
    assert found.p == pytest.approx(right.pvalue)


def test_a_difference_in_pairs_counts_only_what_pairs_do_not_share():
    other = FIVE + 0.1 + RNG.normal(size=5) / 100
    paired, apart = (inference.difference(other, FIVE, paired=paired) for paired in (True, False))
    right = stats.ttest_rel(other, FIVE)
    assert (paired.low, paired.high) == pytest.approx(tuple(right.confidence_interval(0.95)))
    assert paired.decided and not apart.decided


def test_a_difference_against_a_number_is_one_samples():
    found = inference.difference(FIVE, 3, paired=False)
    right = stats.ttest_1samp(FIVE, 3)
    assert found.p == pytest.approx(right.pvalue)
    assert (found.low + 3, found.high + 3) == pytest.approx(tuple(right.confidence_interval(0.95)))


def test_what_is_not_decided_says_what_could_have_been():
    one, other = [1.0, 2.0, 3.0], [1.5, 2.5, 3.5]
    found = inference.difference(one, other, paired=False)
    assert not found.decided
    assert found.said("dB") == "not decided: -0.5 (-2.77 to 1.77) dB; 3 seeds each could have decided 2.27 dB"
    moved = inference.difference(np.add(one, 0.5 + found.smallest * 1.001), other, paired=False)
    assert moved.decided and moved.said() == "decided: 2.27 (0.00227 to 4.54)"


def test_runs_that_do_not_scatter_are_decided_by_any_difference():
    assert inference.difference([1, 1], [2, 2], paired=False).decided
    assert inference.difference([1, 1], [1, 1], paired=True).p == 1


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: inference.mean([]), "at least 1 number, got 0"),
        (lambda: inference.mean([1, np.nan]), "NaN or infinity"),
        (lambda: inference.difference([1], [2, 3], paired=False), "at least 2 numbers, got 1"),
        (lambda: inference.difference([1, 2], [2, 3, 4], paired=True), "got 2 and 3"),
        (lambda: inference.share(3, 2), "got 3 of 2"),
        (lambda: inference.share([]), "got 0.0 of 0"),
    ],
)
def test_what_cannot_be_compared_is_said(call, complaint):
    with pytest.raises(ValueError, match=complaint):
        call()


def test_holm_decides_as_the_definition_does():
    differences = {
        name: inference.difference(RNG.normal(shift, 1, 6), 0, paired=False)
        for name, shift in zip("abcdef", (0, 0, 1, 2, 3, 5), strict=True)
    }
    together = inference.holm(differences)
    assert list(together) == list(differences)
    p = sorted(one.p for one in differences.values())
    stop = next((i for i, one in enumerate(p) if one > 0.05 / (6 - i)), 6)
    assert [one.decided for one in together.values()] == [
        one.p < (p + [2])[stop] for one in differences.values()
    ]
    for name, one in together.items():
        assert one.decided == (one.p <= 0.05)
        assert one.p >= differences[name].p and one.smallest >= differences[name].smallest


def test_of_many_tables_of_equal_entrants_few_raise_an_alarm():
    runs = RNG.normal(size=(1500, 4, 5))
    alarms = {"alone": 0, "together": 0}
    for table in runs:
        found = {i: inference.difference(table[0], table[i], paired=False) for i in (1, 2, 3)}
        alarms["alone"] += any(one.decided for one in found.values())
        alarms["together"] += any(one.decided for one in inference.holm(found).values())
    assert alarms["together"] / 1500 < 0.06 < alarms["alone"] / 1500


def test_estimates_are_recorded_with_all_that_was_measured(monkeypatch):
    monkeypatch.setattr(results, "_running", {"lesson": "a_lesson", "values": {}})
    monkeypatch.delenv("COURSE_RESULTS", raising=False)
    found = inference.mean([1, 2, 3])
    results.record("one", found, judge="fashion-1")
    results.record("table", {"GAN": {"far": found}, "VAE": {"far": inference.share(1, 4)}})
    values = results._running["values"]
    assert values["one"] == {
        "value": 2, "interval": [found.low, found.high], "of": "Student's t, 3 seeds", "runs": [1, 2, 3],
        "judge": "fashion-1",
    }  # fmt: skip
    assert values["table"]["value"] == {"GAN": {"far": 2}, "VAE": {"far": 0.25}}
    assert values["table"]["runs"] == {"GAN": {"far": [1, 2, 3]}}
    assert values["table"]["of"]["VAE"]["far"] == "Wilson, 4 tries"
    with pytest.raises(TypeError, match="record numbers"):
        results.record("mixed", {"GAN": found, "floor": 2.0})
