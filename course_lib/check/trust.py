"""Exercises of lessons 06_challenges/4 and 5: an attack, what it leaves, a detector's score, a threshold."""

import math

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, same, shaped, tensors
from course_lib.check.guard import Wrong


def _attack_step(moved, pictures, slope, step, eps):
    from keras import ops

    moved = moved + step * ops.sign(slope)
    moved = pictures + ops.clip(moved - pictures, -eps, eps)
    return ops.clip(moved, -1.0, 1.0)


def _left_after_all(hits):
    return np.mean(np.all(hits, axis=0))


def _area_under_curve(real, made):
    made, real = np.asarray(made)[:, None], np.asarray(real)[None]
    return np.mean((made > real) + 0.5 * (made == real))


def _alarm_threshold(scores, rate):
    allowed = math.floor(rate * len(scores))
    return np.sort(scores)[::-1][allowed]


@exercise(answer=_attack_step)
def attack_step(attempt):
    """One step of projected gradient descent: uphill by signs, back into the budget, back into the range."""
    rng = np.random.default_rng(1)
    pictures = rng.uniform(-1, 1, (4, 5, 5, 1)).astype("float32")
    pictures[0, :3] = 0.97
    pictures[1, :3] = -0.97
    eps, step = 0.1, 0.14  # a step longer than the budget tells two mistakes apart
    moved = np.clip(pictures + rng.uniform(-eps, eps, pictures.shape), -1, 1).astype("float32")
    slope = rng.normal(0, 3, pictures.shape).astype("float32")
    values = shaped(
        attempt(*tensors(moved, pictures, slope), step, eps), pictures.shape, "that of the pictures"
    )

    def back(changed, centre=pictures):
        return np.clip(centre + np.clip(changed - centre, -eps, eps), -1, 1)

    gone = moved + step * np.sign(slope)
    right = back(gone)
    length = np.sqrt((slope**2).sum(axis=(1, 2, 3), keepdims=True))
    mistakes = [
        (back(moved - step * np.sign(slope)), "this goes downhill: the attacker adds the sign of the slope"),
        (back(moved + step * slope), "you added the slope itself: every pixel moves by `step`"),
        (back(moved + step * slope / length), "you divided by the slope's length: take the sign of each"),
        (gone, "nothing is brought back: neither into the budget nor into [-1, 1]"),
        (np.clip(gone, -1, 1), "the budget is missing: no pixel may be further than `eps` from `pictures`"),
        (
            pictures + np.clip(gone - pictures, -eps, eps),
            "the pixel range is missing: the result must lie in [-1, 1], or it is no picture",
        ),
        (
            back(gone, moved),
            "the budget is counted from `moved`: then it grows with every step; count it from `pictures`",
        ),
        (
            back(pictures + step * np.sign(slope)),
            "the step begins at `pictures` again: begin at `moved`, or ten steps are no more than one",
        ),
        (back(moved + eps * np.sign(slope)), "the step is `eps` long: it must be `step` long"),
        (
            np.clip(pictures + np.clip(gone - pictures, -step, step), -1, 1),
            "the budget is `eps`, and not `step`",
        ),
        (np.clip(gone, -eps, eps), "you clipped the picture: it is the change that must stay within `eps`"),
        (
            np.clip(pictures + np.clip(gone - pictures, 0, eps), -1, 1),
            "pixels may become darker too: clip the change to -eps … eps",
        ),
    ]
    compare(values, right, mistakes, "the value is not clip(pictures + clip(moved + step·sign - pictures))")
    zero = array(attempt(*tensors(pictures, pictures, 0 * slope), step, eps))
    if not same(zero, pictures):
        raise Wrong("where the slope is 0 a pixel must stay as it is: the sign of 0 is 0")
    wide = array(attempt(*tensors(moved[:2, :4], pictures[:2, :4], slope[:2, :4]), 0.3, 0.7))
    wanted = moved[:2, :4] + 0.3 * np.sign(slope[:2, :4])
    wanted = np.clip(pictures[:2, :4] + np.clip(wanted - pictures[:2, :4], -0.7, 0.7), -1, 1)
    if not same(wide, wanted):
        raise Wrong("right for one size and budget, wrong for others: take them from the arguments")


@exercise(answer=_left_after_all)
def left_after_all(attempt):
    """The share of pictures that keep their right name under every attack."""
    rng = np.random.default_rng(5)
    hits = rng.random((3, 40)) < np.array([[0.9], [0.7], [0.6]])  # attacks that fool different pictures
    value = number(attempt(hits.copy()), "one share of all pictures, whatever the attack")
    shares = hits.mean(axis=1)
    mistakes = [
        (shares.min(), "this is what the strongest single attack leaves: another may fool some of those"),
        (shares.mean(), "this is the mean over the attacks: a picture that one attack fools is fooled"),
        (shares.prod(), "the shares are multiplied, as if attacks were independent: count pictures"),
        (hits.any(axis=0).mean(), "these are right under some attack: they must be right under every one"),
        (hits.all(axis=1).mean(), "`all` runs over the pictures: it belongs over the attacks, axis 0"),
        (1 - hits.all(axis=0).mean(), "this is the share that is fooled: return the share that is left"),
        (hits.all(axis=0).sum(), "this counts pictures: divide by how many there are"),
    ]
    compare(value, hits.all(axis=0).mean(), mistakes, "count the pictures whose column is True throughout")
    for others, share in ((np.ones((2, 5), bool), 1.0), (~np.eye(4, dtype=bool), 0.0), (hits[:1], shares[0])):
        if not same(number(attempt(others.copy())), share):
            raise Wrong("other numbers of attacks and pictures come out wrong: nothing may be fixed")


@exercise(answer=_area_under_curve)
def area_under_curve(attempt):
    """How often a generated picture scores above a real one."""
    rng = np.random.default_rng(2)
    real = rng.normal(0.0, 1.0, 11).round(1)
    made = rng.normal(0.8, 1.5, 7).round(1)
    made[:3] = real[:3]  # ties
    value = number(attempt(real.copy(), made.copy()), "all pairs count, and you must return one number")
    more, equal = (made[:, None] > real).mean(), (made[:, None] == real).mean()
    right = more + equal / 2
    pairs = min(len(real), len(made))
    mistakes = [
        (1 - right, "real and generated have changed places: this is 1 minus the area"),
        (more, "ties count as nothing: a tie is half a success, or a detector without an opinion has 0"),
        (more + equal, "ties count as successes: a tie is half of one"),
        (
            ((made > 0).mean() + (real <= 0).mean()) / 2,
            "this is the accuracy at the threshold 0: compare the scores with one another, with no threshold",
        ),
        (made.mean() - real.mean(), "this is the difference of the means: count pairs"),
        (
            (made[:pairs] > real[:pairs]).mean(),
            "only pictures with equal numbers are compared: every generated one with every real one",
        ),
        (
            (made[:pairs] > real[:pairs]).mean() + (made[:pairs] == real[:pairs]).mean() / 2,
            "only pictures with equal numbers are compared: every generated one with every real one",
        ),
        (right * len(real) * len(made), "this is the number of pairs: divide by how many there are"),
        ((made > real.mean()).mean(), "the generated ones are compared with the mean of the real ones only"),
    ]
    compare(value, right, mistakes, "the value is not the share of pairs with the generated score above")
    if not same(number(attempt(np.zeros(4), np.zeros(9))), 0.5):
        raise Wrong("a detector that gives all the same score must get 1/2")
    if not same(number(attempt(np.arange(5.0), np.arange(5.0) + 10)), 1.0):
        raise Wrong("where every generated picture is above every real one the area must be 1")
    if not same(number(attempt(np.exp(real), np.exp(made))), right):
        raise Wrong("only the order of the scores may count: stretched scores must give the same area")


@exercise(answer=_alarm_threshold)
def alarm_threshold(attempt):
    """The lowest of the scores of unmarked pictures that at most a given share of them exceed."""
    rng = np.random.default_rng(3)
    scores = rng.normal(0.1, 1.0, 57)
    rate = 0.08  # 4.56 of 57: four may be above
    value = number(attempt(scores.copy(), rate))
    falling = np.sort(scores)[::-1]
    right = falling[4]
    absolute = np.sort(np.abs(scores))[::-1]
    mistakes = [
        (np.sort(scores)[4], "this is the lower end: false alarms are the highest scores"),
        (falling[3], "one too strict: a lower threshold lets no more than the share through, too"),
        (falling[5], "one too lenient: more than the share of the unmarked pictures are above it"),
        (np.quantile(scores, 1 - rate), "this lies between two scores: return one of the given scores"),
        (np.quantile(scores, rate), "this is the lower end: false alarms are the highest scores"),
        (absolute[4], "you took absolute values: only high scores are alarms"),
        (
            scores.mean() + 1.4051 * scores.std(),
            "this trusts a normal distribution: count in the measured scores",
        ),
        (scores[4], "the scores are not sorted"),
        (scores.max(), "no unmarked picture is above this: a share of them may be"),
    ]
    compare(value, right, mistakes, "the value is not the lowest score that at most the share exceeds")
    if not same(number(attempt(scores[::-1].copy(), 0.0)), scores.max()):
        raise Wrong("with a rate of 0 no unmarked picture may be above: the highest score is the threshold")
    ten = np.arange(20.0)
    if not same(number(attempt(ten, 0.1)), 17.0):
        raise Wrong("of 20 different scores and a rate of 0.1 two may be above: the third highest is wanted")
