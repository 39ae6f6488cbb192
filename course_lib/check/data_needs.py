"""Exercises of the lesson 06_challenges/2."""

import numpy as np

from course_lib.check.drawn import drawn, hinted
from course_lib.check.framework import array

# --------------------------------------------------------------- the area under the curve


def _auc(inside, outside):
    difference = inside[:, None] - outside[None, :]
    return np.mean((difference > 0) + 0.5 * (difference == 0))


def _at_one_limit(a, b):
    limit = np.median(np.concatenate([a, b]))
    return (np.mean(a > limit) + np.mean(b <= limit)) / 2


def _in_step(a, b):
    """Pairs of equal numbers only: the i-th of both."""
    shortest = min(len(a), len(b))
    return np.mean(np.sign(a[:shortest] - b[:shortest]) + 1) / 2


AREA_MISTAKES = [  # of two kinds of scores, a above b
    (lambda a, b: 1 - _auc(a, b), "the two have changed places: this is how often a score of the other kind "
     "is higher"),
    (lambda a, b: np.mean(a[:, None] > b), "ties count as nothing here: a tie is a coin toss, so add half of "
     "them"),
    (lambda a, b: np.mean(a[:, None] >= b), "ties count as wins here: a tie is a coin toss, so count half of "
     "them"),
    (lambda a, b: max(_auc(a, b), 1 - _auc(a, b)), "an area below one half is turned round here: leave it, "
     "for it says that the score is worse than a coin"),
    (lambda a, b: _auc(a, b) * len(a) * len(b), "this is a number of pairs: divide by how many pairs there "
     "are, n times m"),
    (lambda a, b: a.mean() - b.mean(), "this is a difference of means: count in how many pairs the one is "
     "higher"),
    (lambda a, b: float(a.mean() > b.mean()), "you compare the two means: every pair of scores votes for "
     "itself"),
    (_at_one_limit, "this is the accuracy at one limit: the area needs none, it compares pairs"),
    (lambda a, b: np.mean(a > b.mean()), "you compare with the mean of the other kind: compare with each of "
     "them"),
    (_in_step, "only scores with equal numbers are compared: each of the one kind with each of the other"),
    (lambda a, b: (a[:, None] > b) + 0.5 * (a[:, None] == b), "you return a value for each pair: return "
     "their mean"),
    (lambda a, b: np.mean((a[:, None] > b) + 0.5 * (a[:, None] == b), axis=1), "you return a value for each "
     "score of the one kind: average over both axes"),
]  # fmt: skip
AREA_RIGHT = [
    lambda a, b: (np.sign(a[:, None] - b).mean() + 1) / 2,
    lambda a, b: np.mean([(one > b).mean() + (one == b).mean() / 2 for one in a]),
]  # fmt: skip
AREA_IDEA = (
    "over all n·m pairs of one score of each kind: the share in which the one is above the other, plus half "
    "of the share of ties"
)


def two_kinds(rng):
    """Scores of two kinds with ties, the first kind the higher, then the lower, and unequally many."""
    for n, m, higher in ((23, 40, 0.6), (17, 9, -0.9), (8, 31, -0.3)):
        one, other = rng.normal(higher, 1.0, n).round(1), rng.normal(0, 1.4, m).round(1)
        other[:3] = one[:3]
        yield one, other
    yield hinted("scores that are all equal say nothing: the answer must be one half", np.ones(3), np.ones(5))
    yield np.array([2.0]), np.array([-1e30, 1e30])


@drawn(answer=_auc, gives="float", idea=AREA_IDEA, mistakes=AREA_MISTAKES, right=AREA_RIGHT)
def auc(rng):
    """The probability that a score of the one kind is above one of the other, ties counted half."""
    yield from two_kinds(rng)


# -------------------------------------------------------------------- weights of pictures


def _sampling_weights(names):
    kinds, numbers = np.unique(names, return_counts=True)
    return 1 / (len(kinds) * numbers[np.searchsorted(kinds, names)])


def _many(names):
    """For each picture, how many there are of its kind."""
    return np.bincount(names)[names]


@drawn(
    answer=_sampling_weights, gives="array",
    idea="every kind that occurs has the same share, and its pictures divide that share among them",
    mistakes=[
        (lambda y: _many(y) / _many(y).sum(), "frequent kinds get the larger weights here: divide by the "
         "number"),
        (lambda y: _many(y) / len(y), "this is how frequent each picture's kind is: the weight must fall "
         "with it, not grow"),
        (lambda y: 1 / _many(y), "they add up to the number of kinds: divide by it, for a probability adds "
         "up to 1"),
        (lambda y: 1 / (10 * _many(y)), "you divided by ten kinds: not all need to occur, so count those "
         "that do"),
        (lambda y: 1 / ((y.max() + 1) * _many(y)), "you counted the kinds from 0 to the highest: count only "
         "those that occur"),
        (lambda y: _many(y).min() / _many(y), "the largest is 1 here: divide by the sum, for a probability "
         "adds up to 1"),
        (lambda y: np.full(len(y), 1 / len(y)), "all pictures weigh the same, so frequent kinds stay "
         "frequent"),
        (lambda y: np.full(len(y), 1 / len(np.unique(y))), "this is what each *kind* shall have: share it "
         "among the pictures of the kind"),
        (lambda y: _many(y) ** -0.5 / np.sum(_many(y) ** -0.5), "this evens the kinds out half-way: take the "
         "number, not its root"),
        (lambda y: 1 / np.unique(y, return_counts=True)[1], "you return one number for each kind, and they "
         "do not add up to 1: return one weight for each picture"),
        (lambda y: 1 / (len(np.unique(y)) * np.unique(y, return_counts=True)[1]), "you return one weight for "
         "each kind: return one for each picture"),
    ],
    right=[
        lambda y: 1 / _many(y) / np.sum(1 / _many(y)),
        lambda y: [1 / list(y).count(name) / len(set(y.tolist())) for name in y],
    ],
)  # fmt: skip
def sampling_weights(rng):
    """How likely each picture must be drawn so that all kinds are drawn equally often."""
    kinds = np.array([1, 4, 6]) + rng.integers(0, 3)
    yield (rng.permutation(np.repeat(kinds, rng.permutation([2, 3, 6]))),)
    yield (rng.permutation(np.repeat([0, 9], [1, int(rng.integers(3, 9))])),)
    yield (rng.permutation([*range(10), *rng.integers(0, 10, 12)]),)
    yield hinted("of one kind alone every picture must be drawn equally often", np.full(4, 5))


# -------------------------------------------------------------------------- wrong labels


def _spoiled(names, share, chance, other):
    return np.where(chance < share, (names + other) % 10, names)


@drawn(
    answer=_spoiled, gives="array",
    observe={"whole numbers": lambda f, *given: array(f(*given)).dtype.kind in "iu"},
    idea="where chance is below share, go on from the label by `other` kinds, and after 9 comes 0",
    mistakes=[
        (lambda y, share, c, o: y, "nothing has changed: where `chance` is below `share`, the label must "
         "become wrong"),
        (lambda y, share, c, o: np.where(c < share, o, y), "`other` taken as the label can be the right one "
         "by luck: go on from the label by so many kinds"),
        (lambda y, share, c, o: np.where(c < share, y + o, y), "some labels are above 9: there are ten "
         "kinds, so after 9 comes 0"),
        (lambda y, share, c, o: np.where(c < share, y, (y + o) % 10), "the two cases are exchanged: this "
         "spoils the others"),
        (lambda y, share, c, o: (y + o) % 10, "all labels are wrong here: only where `chance` is below "
         "`share`"),
        (lambda y, share, c, o: np.where(c < share, (y + 1) % 10, y), "each kind is always taken for the "
         "next one: use `other`, so that any of the nine can come"),
        (lambda y, share, c, o: np.where(c < share, (y + o) % 9, y), "modulo 9 leaves one kind out: there "
         "are ten"),
        (lambda y, share, c, o: np.where(c < share, np.minimum(y + o, 9), y), "what is above 9 became 9, so "
         "most wrong labels are boots: after 9 comes 0"),
        (lambda y, share, c, o: np.where(c < share, (y - o) % 10, y), "you went back by `other`: go on, for "
         "the lesson says by it which kind a label becomes"),
        (lambda y, share, c, o: np.where(c < share, o - (o <= y), y), "these are other kinds, but `other` "
         "says how many kinds to go on from the label"),
        (lambda y, share, c, o: np.where(c >= 1 - share, (y + o) % 10, y), "the share is right, but a label "
         "shall be wrong where its `chance` is *below* `share`"),
        (lambda y, share, c, o: np.where(c < 0.3, (y + o) % 10, y), "the share is always 0.3 here: take "
         "`share`"),
        (lambda y, share, c, o: np.where(c.argsort().argsort() < share * len(y), (y + o) % 10, y),
         "exactly a share of the labels is wrong here: let each be decided by its own chance"),
        (lambda y, share, c, o: np.where(c < share, (y + o) % 10.0, y), "the labels are right, but no whole "
         "numbers any more: no array can be indexed by them"),
    ],
    right=[
        lambda y, share, c, o: (y + o * (c < share)) % 10,
        lambda y, share, c, o: [(a + d) % 10 if b < share else a for a, b, d in zip(y, c, o, strict=True)],
    ],
)  # fmt: skip
def spoiled(rng):
    """Labels of which a share is replaced by one of the nine others."""
    for share in rng.permutation([0.45, 0.7]):
        names, other = rng.permutation([(name, step) for name in range(10) for step in range(1, 10)]).T
        chance = rng.uniform(0, 0.9, 90)  # low, so that more than the share of them is below it
        yield names, float(share), chance, other
    yield hinted("with a share of 0 no label may be wrong", names, 0.0, np.floor(chance), other)
    yield hinted("with a share of 1 every label must be wrong", names, 1.0, chance, other)
