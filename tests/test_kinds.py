"""Bets, names for what is unlabelled, and settings that are tried: what is accepted, and what is said."""

import pytest

from course_lib import inference
from course_lib.check import framework, kinds
from course_lib.check.kinds import Bet, Named, Tried

pytestmark = pytest.mark.tensorflow


def question():
    """What do you expect?"""


def first():
    return {"first": "VAE", "times": 1.5}


def curves():
    return {"A": "collapse", "B": "none", "C": "rate too high"}


def rates():
    return {"rate": 0.1, "loss": "hinge"}


wager = Bet(first, question, {"first": ("VAE", "GAN"), "times": [0.1, 10]})
TOLD = {("collapse", "none"): "its pictures are all alike", ("none", "collapse"): "ten kinds are drawn"}
faults = Named(
    curves, question, ("none", "collapse", "rate too high", "no noise"), TOLD, "look at the spread"
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    monkeypatch.delenv("COURSE_STRICT", raising=False)


@pytest.mark.parametrize(
    ("bet", "part"),
    [
        (lambda: "VAE", "returns a str: return a dict with 'first', 'times'"),
        (lambda: {"first": "VAE"}, "'times' is missing"),
        (lambda: {"first": "VAE", "times": 1, "why": "so"}, "'why' is not asked for"),
        (lambda: {"first": "RNN", "times": 1}, "'first' is 'RNN': choose from 'VAE', 'GAN'"),
        (lambda: {"first": "VAE", "times": 100}, "a number from 0.1 to 10 is needed"),
        (lambda: {"first": "VAE", "times": True}, "a number from 0.1 to 10 is needed"),
        (lambda: {"first": ..., "times": 2}, "'first' is still `...`"),
    ],
)
def test_a_bet_that_cannot_be_settled_is_named(bet, part):
    mark, text, _ = wager.grade(bet)
    assert mark == "✗" and part in text


def test_any_bet_is_noted_and_settled(capsys):
    bet = wager(lambda: {"first": "GAN", "times": 3})
    assert "✓ question: noted" in capsys.readouterr().out
    wager.settle(bet, first="VAE", times=inference.mean([1.0, 2.0, 3.0]))
    first, times = capsys.readouterr().out.splitlines()
    assert first == "first: you bet GAN, and it is VAE"
    assert times.startswith("times: you bet 3; it is 2 (") and times.endswith("inside")
    wager.settle(bet, first="GAN", times=2.5)
    assert capsys.readouterr().out == "first: you bet GAN, and it is so\ntimes: you bet 3, and it is 2.5\n"
    wager.settle(wager(None), first="GAN")  # none was made, and the lesson goes on with the course's
    assert capsys.readouterr().out.splitlines()[-1].startswith("first: the course bet")


def test_a_confusion_is_told_by_what_tells_the_two_apart():
    mixed = dict(curves(), A="none", B="collapse")
    assert faults.grade(lambda: mixed)[:2] == ("✗", "A: its pictures are all alike")
    assert faults.grade(lambda: dict(curves(), C="no noise"))[:2] == ("✗", "2 of 3 are named rightly")
    assert faults.grade(lambda: curves())[0] == "✓"
    assert "choose from" in faults.grade(lambda: dict(curves(), C="bad luck"))[1]


def settings(measured):
    """An exercise whose training is a product, and the list of what was measured."""

    def measure(setting):
        measured.append(setting)
        return {"modes": 80 * setting["rate"], "quality": 0.5}

    wanted = [(lambda found: found["modes"] >= 8, "modes are missing: look at the rate")]
    return Tried(
        rates, question, {"rate": [0, 1], "loss": ("hinge", "wgan")}, measure, wanted, "one at a time"
    )


def test_a_setting_is_judged_by_what_the_model_does(capsys):
    measured = []
    exercise = settings(measured)
    poor = lambda: {"rate": 0.05, "loss": "hinge"}  # noqa: E731
    assert exercise.grade(poor)[:2] == ("✗", "modes are missing: look at the rate (modes 4, quality 0.5)")
    good = exercise(lambda: {"rate": 0.5, "loss": "wgan"})
    assert good() == {"rate": 0.5, "loss": "wgan"}
    assert capsys.readouterr().out == "✓ question: modes 40, quality 0.5\n"
    exercise.grade(poor)
    assert len(measured) == 2  # a setting is tried once


def test_nothing_is_tried_in_smoke(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "smoke")
    measured = []
    settings(measured)(lambda: {"rate": 0.05, "loss": "hinge"})
    assert capsys.readouterr().out == "✓ question: not tried in smoke\n"
    assert measured == []


def test_each_kind_is_entered_under_its_name(monkeypatch):
    monkeypatch.setattr(kinds, "EXERCISES", {})
    monkeypatch.setattr(framework, "EXERCISES", kinds.EXERCISES)
    made = kinds.bet(answer=first, first=("VAE", "GAN"), times=[0.1, 10])(question)
    assert kinds.EXERCISES["question"] is made and made.__doc__ == "What do you expect?"
    with pytest.raises(ValueError, match="two exercises question"):
        kinds.named(answer=curves, names=("none",), told={}, idea="")(question)
