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


# --------------------------------------------------------------- what is on both sides


def _mirrored(picture):
    return picture[:, ::-1]


def _moved(picture):
    return [np.roll(picture, step, axis) for axis in (0, 1) for step in (-1, 1)]


def _versions(picture, mirrored=_mirrored, moved=_moved, both=True):
    turned = mirrored(picture)
    return [picture, turned, *moved(picture), *(moved(turned) if both else ())]


def _leaks(training, subjects, validation, their_subjects, middle):
    return _leaks_of(_versions, training, subjects, validation, their_subjects, middle)


def _leaks_of(versions, training, subjects, validation, their_subjects, middle):
    seen = {one.tobytes() for picture in training for one in versions(picture)}
    copied = np.array([picture.tobytes() in seen for picture in validation], bool)
    return copied | np.isin(their_subjects, subjects), abs(middle - training.mean()) > 0.01


def _with(**changed):
    """The answer with other versions of a training picture."""
    return lambda *given: _leaks_of(lambda picture: _versions(picture, **changed), *given)


def _otherwise(pictures=None, scale=None):
    """The answer, with its own verdict on the pictures or on the scale: functions of all that is given."""

    def function(*given):
        of_pictures, of_scale = _leaks(*given)
        return (
            of_pictures if pictures is None else pictures(*given),
            of_scale if scale is None else scale(*given),
        )

    return function


def _copied(training, subjects, validation, their_subjects, middle):
    return _leaks(training, [], validation, their_subjects, middle)[0]


def _alike(training, subjects, validation, their_subjects, middle):
    """Copies, and whatever differs little from one in the mean."""
    seen = np.stack([one for picture in training for one in _versions(picture)]).astype(float)
    near = [np.abs(seen - picture).mean(axis=(1, 2, 3)).min() < 3 for picture in validation]
    return near | np.isin(their_subjects, subjects)


def _same_values(training, subjects, validation, their_subjects, middle):
    seen = {np.sort(picture, axis=None).tobytes() for picture in training}
    return [np.sort(one, axis=None).tobytes() in seen for one in validation] | np.isin(
        their_subjects, subjects
    )


def _all_around(picture):
    return [np.roll(picture, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]


def _farther(picture):
    return [np.roll(picture, step, axis) for axis in (0, 1) for step in (-2, -1, 1, 2)]


def _of_all(training, subjects, validation, their_subjects, middle):
    return abs(middle - np.concatenate([training, validation]).mean()) < 0.01


@drawn(
    answer=_leaks, returns=("leaking pictures", "leaking middle"), gives="array",
    idea="make all ten versions of each training picture and look every validation picture up among them; "
    "look its subject up among the training subjects; compute the middle from training pictures alone",
    mistakes=[
        (lambda *given: _leaks_of(lambda picture: [picture], *given), "a picture that is mirrored or "
         "moved by a pixel is the same picture: you found exact copies only"),
        (_with(mirrored=lambda picture: picture), "mirrored copies got past you: turn each picture left to "
         "right"),
        (_with(moved=lambda picture: []), "copies that are moved by one pixel got past you"),
        (_with(both=False), "copies that are mirrored *and* moved got past you"),
        (_with(mirrored=lambda picture: picture[::-1]), "you turned the pictures upside down: mirror them "
         "left to right, along the axis of the columns"),
        (_with(moved=lambda picture: _moved(picture)[2:]), "you moved them left and right only: up and "
         "down, too"),
        (_with(moved=lambda picture: _moved(picture)[:2]), "you moved them up and down only: left and "
         "right, too"),
        (_with(moved=lambda picture: _moved(picture)[1::2]), "you moved them one way only: a copy may have "
         "been moved up or to the left as well"),
        (_with(moved=_all_around), "you moved them along both axes at once: that is a false alarm here"),
        (_with(moved=_farther), "you moved them by two pixels: that is a false alarm here"),
        (_otherwise(pictures=_copied), "the same subject on both sides is a leak, whatever its pictures "
         "look like"),
        (_otherwise(pictures=lambda x, a, y, b, middle: np.isin(b, a)), "you compared the subjects only: "
         "the same picture may stand there under another number"),
        (_otherwise(pictures=lambda *given: _copied(*given) & np.isin(given[3], given[1])), "one leak is "
         "enough: the same picture *or* the same subject"),
        (_otherwise(pictures=_alike), "pictures that are merely alike are no copies: a false alarm; "
         "compare every pixel"),
        (_otherwise(pictures=_same_values), "the same values in other places are another picture: compare "
         "pixel by pixel"),
        (_otherwise(pictures=lambda *given: ~_leaks(*given)[0]), "True stands for a leak, and yours says "
         "who is clean"),
        (_otherwise(pictures=lambda *given: _leaks(*given)[0].any()), "say *which* leak: one answer for each "
         "validation picture"),
        (lambda x, a, y, b, middle: _leaks(y, b, x, a, _leaks(x, a, y, b, middle)[1] * 1e9 + y.mean()),
         "this says which *training* pictures leak: the validation pictures are asked about"),
        (_otherwise(scale=lambda *given: False), "you did not look at the middle: hold it against the mean "
         "of the training pixels"),
        (_otherwise(scale=lambda *given: ~_leaks(*given)[1]), "True stands for a leak: a middle that is the "
         "training pixels' mean is clean"),
        (_otherwise(scale=_of_all), "there are more ways than the mean of all pictures: any middle that is "
         "not the training pixels' own has seen something else"),
        (_otherwise(scale=lambda x, a, y, b, middle: middle != x.mean()), "a false alarm: the middle is "
         "rounded, so allow for a hundredth"),
    ],
    right=[
        lambda x, a, y, b, middle: (
            [any(np.array_equal(p, v) for q in x for v in _versions(q)) or s in a.tolist()
             for p, s in zip(y, b, strict=True)],
            not np.isclose(middle, x.mean(), rtol=0, atol=0.006)),
        lambda x, a, y, b, middle: (
            np.array([any((v == x).all(axis=(1, 2, 3)).any() for v in _versions(p)) for p in y])
            | (b[:, None] == a).any(axis=1),
            round(float(x.mean()), 2) != middle),
    ],
)  # fmt: skip
def leaks(rng):
    """Which validation pictures leak, and whether the middle does: two things."""

    def pictures(number, c, bright=0):
        return rng.integers(bright, 160 + bright // 2, (number, 7, 6, c)).astype("uint8")

    def decoys(picture):
        grey = picture.copy()
        grey[3, 2] ^= 1
        one, *_ = pictures(1, picture.shape[-1], 120)
        return [grey, picture[::-1], np.roll(picture, 2, 0), np.roll(picture, (1, 1), (0, 1)), one]

    def mixed(training, shown, known, middle=None):
        """Validation pictures in another order; of the first `known` the subject is a training picture's."""
        of = rng.permutation(100)
        a, b = of[: len(training)], of[40 : 40 + len(shown)]
        b[:known] = a[-1]
        order = rng.permutation(len(shown))
        shown = np.stack(shown)[order]
        found = {None: training, "both": np.concatenate([training, shown]), "theirs": shown}[middle]
        return training, a, shown, b[order], round(float(found.mean()), 2)

    x = pictures(6, 1)
    copies = [x[0], x[1][:, ::-1], *_moved(x[2]), *_moved(x[3][:, ::-1])]
    yield mixed(x, [*pictures(2, 1, 60), *copies, *decoys(x[4])], 1)
    x = pictures(6, 3)
    yield hinted("none of these pictures leaks, but the middle does", *mixed(x, decoys(x[2]), 0, "both"))
    yield hinted("only subjects are the same here", *mixed(x, [*pictures(4, 3, 60)], 2))
    yield mixed(x, [x[5], *pictures(3, 3, 60)], 0, "theirs")
    yield hinted("nothing leaks here", *mixed(pictures(2, 1), [*pictures(1, 1, 60)], 0))


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
