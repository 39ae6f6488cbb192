"""asking.py and widgets.ForcedChoice: answers are scored by what they say, and none is lost."""

import json

import numpy as np
import pytest

from course_lib import asking, widgets

pytestmark = pytest.mark.tensorflow

RNG = np.random.default_rng(1)
PICTURES = {name: RNG.integers(0, 256, (40, 8, 8, 1)).astype(np.uint8) for name in ("GAN", "VAE")}


def answered(guess, path, seed=1, nearer="GAN"):
    """A forced choice, all of it answered by guess(whether the first stands left)."""
    one = widgets.ForcedChoice(PICTURES, nearer=nearer, path=path, seed=seed)
    for first_left in one.first_left:
        one.buttons["left" if guess(first_left) else "right"].click()
    return one


def test_who_always_takes_the_left_one_decides_nothing(tmp_path):
    one = answered(lambda first_left: True, tmp_path / "a.json")
    assert one.said.value.startswith("GAN was chosen in 50% of 40 pairs (35% to 65%; Wilson): not decided")
    assert "40 pairs can decide 68% and more. The ruler has GAN nearer." in one.said.value


def test_coins_are_seldom_taken_for_an_opinion():
    alarms = 0
    for seed in range(400):
        coin = np.random.default_rng(1000 + seed).random(40) < 0.5
        share = asking.taken(asking.sides(40, seed), coin)
        alarms += "looks more real" in asking.verdict(share, "GAN", "VAE", "GAN")
    assert 0 < alarms / 400 < 0.07


def test_who_guesses_as_the_judge_agrees_with_it(tmp_path):
    one = answered(lambda first_left: first_left, tmp_path / "a.json")
    assert one.said.value.endswith("GAN looks more real, as the ruler has it.")
    one = answered(lambda first_left: first_left, tmp_path / "a.json", nearer="VAE")
    assert one.said.value.endswith("GAN looks more real, against the ruler, which has VAE nearer.")
    one = answered(lambda first_left: not first_left, tmp_path / "a.json")
    assert "VAE looks more real, against the ruler" in one.said.value


def test_each_stands_on_the_left_in_half_of_the_pairs():
    orders = [asking.sides(40, seed) for seed in range(5)]
    assert all(order.sum() == 20 for order in orders)
    assert len({order.tobytes() for order in orders}) == 5
    with pytest.raises(ValueError, match="41 has no half"):
        asking.sides(41)


def test_the_smallest_share_that_can_be_decided_is_one():
    least = asking.least_share(40)
    assert asking.inference.share(round(40 * least), 40).low > 0.5
    assert asking.inference.share(round(40 * least) - 1, 40).low <= 0.5


def test_answers_are_added_to_those_of_before(tmp_path):
    path = tmp_path / "my_art" / "answers.json"
    assert asking.told("GAN", "VAE", "GAN", path) == "Nobody has been asked yet."
    for seed in (1, 2):
        answered(lambda first_left: first_left, path, seed)
    kept = asking.answers(path)
    assert [row["first_left"] for row in kept] == [asking.sides(40, seed).tolist() for seed in (1, 2)]
    lines = asking.told("GAN", "VAE", "GAN", path).split("\n")
    assert len(lines) == 2 and all("chosen in 100% of 40 pairs" in line for line in lines)
    assert asking.told("a", "b", "a", path) == "Nobody has been asked yet."


def test_a_sitting_that_was_not_finished_is_not_kept(tmp_path):
    path = tmp_path / "answers.json"
    one = widgets.ForcedChoice(PICTURES, nearer="GAN", path=path)
    first = one.pair.value
    one.buttons["left"].click()
    assert one.pair.value != first and "Pair 2 of 40" in one.said.value and not path.exists()


def test_answers_after_the_last_change_nothing(tmp_path):
    one = answered(lambda first_left: True, tmp_path / "answers.json")
    said = one.said.value
    one.buttons["left"].click()
    assert one.said.value == said and len(asking.answers(tmp_path / "answers.json")) == 1


def test_a_folder_that_takes_no_file_costs_no_verdict(tmp_path):
    (tmp_path / "file").write_text("")
    one = answered(lambda first_left: True, tmp_path / "file" / "answers.json")
    assert "not decided" in one.said.value and one.said.value.endswith("so this is not kept.")


@pytest.mark.parametrize("content", ["{", "[1]", '[{"asked": 1}]', '{"a": 1}', "7"])
def test_a_damaged_file_is_kept_aside(tmp_path, content):
    path = tmp_path / "answers.json"
    path.write_text(content)
    assert "answers.json is damaged" in asking.told("GAN", "VAE", "GAN", path)
    answered(lambda first_left: True, path)
    assert (tmp_path / "answers-damaged.json").read_text() == content
    assert len(json.loads(path.read_text())) == 1


@pytest.mark.parametrize(
    ("entrants", "nearer", "complaint"),
    [
        ({"GAN": PICTURES["GAN"]}, "GAN", "two entrants"),
        (PICTURES, "LSTM", "`nearer`, which is one of them"),
        ({"a": PICTURES["GAN"], "b": PICTURES["VAE"][:30]}, "a", "not 40 and 30"),
    ],
)
def test_what_cannot_be_asked_is_said(entrants, nearer, complaint):
    with pytest.raises(ValueError, match=complaint):
        widgets.ForcedChoice(entrants, nearer=nearer)


def test_the_project_holds_no_answers():
    root = asking.Path(__file__).parents[1]
    assert not list(root.glob("course_lib/**/looks_more_real*.json"))
    assert not list(root.glob("solutions/**/looks_more_real*.json"))
