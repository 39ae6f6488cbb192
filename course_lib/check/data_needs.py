"""Exercises of the lesson 06_challenges/2."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, shaped
from course_lib.check.guard import Wrong

# --------------------------------------------------------------- 6.2.1, the area under the curve


def _auc(inside, outside):
    difference = inside[:, None] - outside[None, :]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


@exercise(answer=_auc)
def auc(attempt):
    """The probability that a score of the one kind is above one of the other, ties counted half."""
    rng = np.random.default_rng(4)
    inside = np.round(rng.normal(0.6, 1.0, 23), 1)
    outside = np.round(rng.normal(0.0, 1.4, 40), 1)
    result = array(attempt(inside.copy(), outside.copy()))
    hints = {
        (23, 40): "you return a value for each pair: return their mean",
        (23,): "you return a value for each of the inside scores: average over both axes",
    }
    value = number(result[0] if result.shape == (1,) else result, hints=hints)
    above, equal = inside[:, None] > outside, inside[:, None] == outside
    right = (above + 0.5 * equal).mean()
    limit = np.median(np.concatenate([inside, outside]))
    mistakes = [
        (1 - right, "this is how often a score *outside* is higher: exchange the two"),
        (above.mean(), "ties count as nothing here: a tie is a coin toss, so add half of them"),
        ((above + equal).mean(), "ties count as wins here: a tie is a coin toss, so count half of them"),
        (
            (above + 0.5 * equal).sum(),
            "this is a number of pairs: divide by how many pairs there are, n times m",
        ),
        (
            inside.mean() - outside.mean(),
            "this is a difference of means: count in how many pairs the inside score is higher",
        ),
        (
            float(inside.mean() > outside.mean()),
            "you compare the two means: every pair of scores votes for itself",
        ),
        (
            ((inside > limit).mean() + (outside <= limit).mean()) / 2,
            "this is the accuracy at one limit: the area needs none, it compares pairs",
        ),
        (
            (inside[:, None] > np.sort(outside)[len(outside) // 2]).mean(),
            "you compare with one outside score, the middle one: compare with all of them",
        ),
    ]
    otherwise = (
        "over all n·m pairs of an inside and an outside score: the share in which the inside one is "
        "higher, plus half of the share of ties"
    )
    compare(value, right, mistakes, otherwise)
    if abs(number(attempt(np.ones(3), np.ones(5))) - 0.5) > 1e-9:
        raise Wrong("scores that are all equal say nothing: the answer must be one half there")


# -------------------------------------------------------------------- 6.2.2, weights of pictures


def _sampling_weights(names):
    kinds, numbers = np.unique(names, return_counts=True)
    return 1 / (len(kinds) * numbers[np.searchsorted(kinds, names)])


@exercise(answer=_sampling_weights)
def sampling_weights(attempt):
    """How likely each picture must be drawn so that all kinds are drawn equally often."""
    names = np.array([3, 3, 7, 3, 3, 9, 7, 3, 9, 7])
    kinds, numbers = np.unique(names, return_counts=True)
    hints = {kinds.shape: "you return one weight for each kind: return one for each picture"}
    result = shaped(attempt(names.copy()), names.shape, "one weight for each picture", hints)
    mine = numbers[np.searchsorted(kinds, names)]
    right = 1 / (len(kinds) * mine)
    mistakes = [
        (mine / mine.sum(), "frequent kinds get the larger weights here: divide by the number"),
        (
            mine / len(names),
            "this is how frequent each picture's kind is: the weight must fall with it, not grow",
        ),
        (1 / mine, "they add up to the number of kinds: divide by it, for a probability adds up to 1"),
        (
            1 / (10 * mine),
            "you divided by ten kinds: these pictures show fewer, so count the kinds that occur",
        ),
        (
            (1 / mine) / (1 / mine).max(),
            "the largest is 1 here: divide by the sum, for a probability adds up to 1",
        ),
        (np.full(len(names), 1 / len(names)), "all pictures weigh the same, so frequent kinds stay frequent"),
        (
            np.full(len(names), 1 / len(kinds)),
            "this is what each *kind* shall have: share it among the pictures of the kind",
        ),
        (
            (1 / np.sqrt(mine)) / (1 / np.sqrt(mine)).sum(),
            "this evens the kinds out half-way: take the number, not its root",
        ),
    ]
    otherwise = "1 / (number of kinds that occur × number of pictures of this picture's kind)"
    compare(result, right, mistakes, otherwise)
    shares = array(attempt(np.array([0, 1, 1, 1])))
    if abs(shares.sum() - 1) > 1e-9 or abs(shares[0] - 0.5) > 1e-9:
        raise Wrong("with two kinds, each must be drawn in half of the cases, whatever their numbers")


# -------------------------------------------------------------------------- 6.2.3, wrong labels


def _spoiled(names, share, chance, other):
    return np.where(chance < share, (names + other) % 10, names)


@exercise(answer=_spoiled)
def spoiled(attempt):
    """Labels of which a share is replaced by one of the nine others."""
    rng = np.random.default_rng(8)
    names = rng.integers(0, 10, 60)
    chance, other = rng.random(60), rng.integers(1, 10, 60)
    share = 0.3
    result = shaped(attempt(names, share, chance.copy(), other.copy()), (60,), "one label for each picture")
    hit = chance < share
    right = np.where(hit, (names + other) % 10, names)
    mistakes = [
        (names, "nothing has changed: where `chance` is below `share`, the label must become wrong"),
        (
            np.where(hit, other, names),
            "`other` taken as the label can be the right one by luck: add it to the label, modulo 10",
        ),
        (
            np.where(hit, names + other, names),
            "some labels are above 9: there are ten kinds, so take the sum modulo 10",
        ),
        (
            np.where(hit, names, (names + other) % 10),
            "the two cases are exchanged: this spoils the other 70 %",
        ),
        ((names + other) % 10, "all labels are wrong here: only where `chance` is below `share`"),
        (
            np.where(hit, (names + 1) % 10, names),
            "each kind is always taken for the next one: use `other`, so that any of the nine can come",
        ),
        (np.where(hit, (names + other) % 9, names), "modulo 9 leaves one kind out: there are ten"),
        (
            np.where(hit, np.minimum(names + other, 9), names),
            "what is above 9 became 9, so most wrong labels are boots: take the sum modulo 10",
        ),
    ]
    otherwise = "(label + other) modulo 10 where chance < share, and the label itself elsewhere"
    compare(result, right, mistakes, otherwise)
