"""Exercises of lessons 06_challenges/4 and 5: an attack, what it leaves, who is accused, a threshold."""

import math
from statistics import NormalDist

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _attack_step(moved, pictures, slope, step, eps):
    moved = moved + step * ops.sign(slope)
    moved = pictures + ops.clip(moved - pictures, -eps, eps)
    return ops.clip(moved, -1.0, 1.0)


def _back(changed, pictures, eps):
    return ops.clip(pictures + ops.clip(changed - pictures, -eps, eps), -1, 1)


def _length(slope):
    return ops.sqrt(ops.sum(slope**2, axis=(1, 2, 3), keepdims=True))


@drawn(
    answer=_attack_step, tensors=True,
    idea="first the step, as long in every pixel; then the change from `pictures` is cut to eps on either "
    "side; then the picture to [-1, 1]",
    mistakes=[
        (lambda m, p, g, step, eps: _back(m - step * ops.sign(g), p, eps), "this goes downhill: the attacker "
         "adds the sign of the slope"),
        (lambda m, p, g, step, eps: _back(m + step * g, p, eps), "you added the slope itself: every pixel "
         "moves by `step`"),
        (lambda m, p, g, step, eps: _back(m + step * g / _length(g), p, eps), "you divided by the slope's "
         "length: take the sign of each"),
        (lambda m, p, g, step, eps: m + step * ops.sign(g), "nothing is brought back: neither into the "
         "budget nor into [-1, 1]"),
        (lambda m, p, g, step, eps: ops.clip(m + step * ops.sign(g), -1, 1), "the budget is missing: no "
         "pixel may be further than `eps` from `pictures`"),
        (lambda m, p, g, step, eps: p + ops.clip(m + step * ops.sign(g) - p, -eps, eps), "the pixel range is "
         "missing: the result must lie in [-1, 1], or it is no picture"),
        (lambda m, p, g, step, eps: _back(m + step * ops.sign(g), m, eps), "the budget is counted from "
         "`moved`: then it grows with every step; count it from `pictures`"),
        (lambda m, p, g, step, eps: _back(p + step * ops.sign(g), p, eps), "the step begins at `pictures` "
         "again: begin at `moved`, or ten steps are no more than one"),
        (lambda m, p, g, step, eps: _back(m + eps * ops.sign(g), p, eps), "the step is `eps` long: it must "
         "be `step` long"),
        (lambda m, p, g, step, eps: _back(m + step * ops.sign(g), p, step), "the budget is `eps`, and not "
         "`step`"),
        (lambda m, p, g, step, eps: ops.clip(m + step * ops.sign(g), -eps, eps), "you clipped the picture: "
         "it is the change that must stay within `eps`"),
        (lambda m, p, g, step, eps: ops.clip(ops.clip(m + step * ops.sign(g) - p, -eps, eps), -1, 1),
         "this is the change alone: add it to `pictures`"),
        (lambda m, p, g, step, eps: ops.clip(p + ops.clip(m + step * ops.sign(g) - p, 0, eps), -1, 1),
         "pixels may become darker too: clip the change to -eps … eps"),
        (lambda m, p, g, step, eps: ops.clip(p + ops.clip(m + step * ops.sign(g) - p, -eps, eps), 0, 1),
         "pixels lie between -1 and 1 here, and not between 0 and 1"),
        (lambda m, p, g, step, eps: _back(m + step * ops.where(g >= 0, 1.0, -1.0), p, eps), "where the slope "
         "is 0 a pixel must stay as it is: the sign of 0 is 0, and yours is 1"),
        (lambda m, p, g, step, eps: _back(m + step * ops.where(g > 0, 1.0, -1.0), p, eps), "where the slope "
         "is 0 a pixel must stay as it is: the sign of 0 is 0, and yours is -1"),
    ],
    right=[
        lambda m, p, g, step, eps: ops.minimum(
            ops.maximum(m + step * ops.sign(g), ops.maximum(p - eps, -1)), ops.minimum(p + eps, 1)),
        lambda m, p, g, step, eps: ops.clip(ops.clip(m + step * ops.sign(g), p - eps, p + eps), -1, 1),
    ],
)  # fmt: skip
def attack_step(rng):
    """One step of projected gradient descent: uphill by signs, back into the budget, back into the range."""
    for shape, longer in (((4, 5, 5, 1), rng.uniform(1.2, 1.6)), ((2, 3, 4, 3), rng.uniform(0.3, 0.6))):
        pictures = rng.uniform(-1, 1, shape)
        pictures[0, :2], pictures[1, :2] = 0.97, -0.97
        eps = float(rng.uniform(0.08, 0.15))
        moved = np.clip(pictures + rng.uniform(-eps, eps, shape), -1, 1)
        slope = rng.normal(0, 3, shape) * (rng.random(shape) < 0.8)  # 0 at some places
        yield moved, pictures, slope, float(longer * eps), eps
    yield moved, pictures, slope, 0.3, 0.7


def _left_after_all(hits):
    return np.mean(np.all(hits, axis=0))


@drawn(
    answer=_left_after_all, gives="float",
    idea="a picture is left if its whole column is True: one answer for each picture, and of these the mean",
    mistakes=[
        (lambda hits: hits.mean(axis=1).min(), "this is what the strongest single attack leaves: another may "
         "fool some of those"),
        (lambda hits: hits.mean(), "this is the mean over the attacks: a picture that one attack fools is "
         "fooled"),
        (lambda hits: hits.mean(axis=1).prod(), "the shares are multiplied, as if attacks were independent: "
         "count pictures"),
        (lambda hits: hits.any(axis=0).mean(), "these are right under some attack: they must be right under "
         "every one"),
        (lambda hits: hits.all(axis=1).mean(), "`all` runs over the pictures: it belongs over the attacks, "
         "axis 0"),
        (lambda hits: 1 - hits.all(axis=0).mean(), "this is the share that is fooled: return the share that "
         "is left"),
        (lambda hits: hits.all(axis=0).sum(), "this counts pictures: divide by how many there are"),
        (lambda hits: hits.all(axis=0), "this is one answer for each picture: return the share of those that "
         "are left"),
        (lambda hits: hits[-1].mean(), "this is what the last attack leaves: all of them count"),
    ],
    right=[
        lambda hits: 1 - (~hits).any(axis=0).mean(),
        lambda hits: hits.min(axis=0).mean(),
        lambda hits: sum(all(column) for column in hits.T) / hits.shape[1],
    ],
)  # fmt: skip
def left_after_all(rng):
    """The share of pictures that keep their right name under every attack."""
    for attacks, pictures in ((3, 40), (5, 23)):
        hits = rng.random((attacks, pictures)) < rng.uniform(0.7, 0.9, (attacks, 1))
        hits[:, :attacks] = ~np.eye(attacks, dtype=bool)  # each fools one that no other fools
        hits[:, attacks : attacks + 4] = [True, True, True, False]  # and these none, or all
        yield (np.concatenate([np.ones((1, pictures), bool), hits]),)
    yield (~np.eye(4, dtype=bool),)
    yield (np.ones((2, 5), bool),)
    yield (hits[:1],)


def _wrongly_accused(real, made, threshold, share):
    innocent, guilty = (1 - share) * np.mean(real > threshold), share * np.mean(made > threshold)
    return innocent / (innocent + guilty) if innocent + guilty else 0.0


def _rates(formula, accused=np.greater):
    """A formula of the shares of real and of generated ones that are accused, and of what is generated."""

    def function(real, made, threshold, share):
        false, true = (np.mean(accused(one, threshold)) for one in (real, made))
        return formula(false, true, share) if false or true else 0.0

    return function


def _bayes(false, true, share):
    innocent, guilty = (1 - share) * false, share * true
    return innocent / (innocent + guilty) if innocent + guilty else 0.0


def _counted(real, made, threshold, share):
    innocent, guilty = np.sum(real > threshold), np.sum(made > threshold)
    return innocent / max(innocent + guilty, 1)


@drawn(
    answer=_wrongly_accused, gives="float",
    idea="think of a thousand pictures: so many are real, of which the detector accuses its share, and so "
    "many are generated, of which it accuses another; then look at the accused alone",
    mistakes=[
        (_counted, "these are the accused of your two arrays: how many of each kind were tested says nothing "
         "about how many there are, `share` does"),
        (_rates(lambda false, true, share: false), "this is the share of the real ones that are accused: you "
         "were asked for the share of the accused that are real"),
        (_rates(lambda *rates: 1 - _bayes(*rates)), "this is the share of the accused that are generated"),
        (_rates(lambda false, true, share: _bayes(false, true, 1 - share)), "`share` is that of the "
         "generated pictures: the real ones are 1 - share of all"),
        (_rates(lambda false, true, share: (1 - share) * false), "this is how many of *all* pictures are "
         "real and accused: divide by how many are accused"),
        (_rates(lambda false, true, share: false / (false + true)), "here as many pictures are real as "
         "generated: weigh each rate with how many there are of its kind"),
        (_rates(lambda false, true, share: _bayes(false, 1 - true, share)), "you took the generated ones "
         "that walk free: only the accused count"),
        (_rates(_bayes, np.greater_equal), "who scores exactly the threshold is not accused: above, not at"),
        (_rates(_bayes, np.less), "high scores speak for generated: accused is who lies above the threshold"),
        (_rates(lambda false, true, share: _bayes(false, 1.0, share)), "not every generated picture is "
         "accused: count how many score above the threshold"),
        (_rates(lambda false, true, share: 1 - share), "this is the share of real ones among *all* pictures: "
         "accusing makes it smaller, by how much the scores say"),
        (_rates(lambda false, true, share: (1 - share) * false / (share * true) if share * true else 0.0),
         "these are odds, innocent over guilty: divide by all accused"),
        (lambda real, made, threshold, share: (1 - share) * np.mean(real > threshold) / (
            (1 - share) * np.mean(real > threshold) + share * np.mean(made > threshold)),
         "where nobody is accused you divide 0 by 0: the answer is 0 there"),
    ],
    right=[
        _rates(_bayes),
        lambda real, made, threshold, share: 1 / (
            1 + share * np.mean(made > threshold) / (1 - share) / np.mean(real > threshold))
        if np.any(real > threshold) and share < 1 else 0,
    ],
)  # fmt: skip
def wrongly_accused(rng):
    """Which share of the accused is real, where a given share of all pictures is generated."""
    for n, false, m, true, share in ((40, 4, 25, 18, 0.1), (30, 3, 16, 6, 0.02), (12, 5, 20, 19, 0.7)):
        threshold = rng.uniform(-2, 2)
        yield _around(rng, n, false, threshold), _around(rng, m, true, threshold), threshold, share
    real, made = _around(rng, 10, 2, 0.0), _around(rng, 10, 9, 0.0)
    yield hinted("where nothing is generated all of the accused are real", real, made, 0.0, 0.0)
    yield hinted("where everything is generated none of the accused is real", real, made, 0.0, 1.0)
    yield hinted("nobody is accused: the answer is 0", real, made, max(real.max(), made.max()), 0.3)


def _around(rng, number, above, threshold):
    """Scores of which so many are above a threshold, and two at it."""
    away = rng.uniform(0.1, 3, number)
    return threshold + rng.permutation(np.r_[away[:above], 0, 0, -away[above + 2 :]])


def _alarm_threshold(scores, rate):
    return min(score for score in scores if np.mean(scores > score) <= rate)


def _allowed(scores, rate):
    return math.floor(rate * len(scores))


def _normal(scores, rate):
    return scores.mean() + scores.std() * (NormalDist().inv_cdf(1 - rate) if rate else np.inf)


def _promise(got, wanted, scores, rate):
    """What a threshold among the scores does with them."""
    if got not in scores:
        return None
    above = int(np.sum(scores > got))
    if above > rate * len(scores):
        return (
            f"{above} of {len(scores)} scores are above yours, more than a share of {rate:g}: it is too low"
        )
    return f"yours is too high: a lower score, with at most a share of {rate:g} above it, does as well"


@drawn(
    answer=_alarm_threshold, gives="float", tell=_promise,
    idea="sort the scores from high to low: as many may stand before the threshold as the share allows, "
    "rounded down",
    mistakes=[
        (lambda x, rate: np.sort(x)[_allowed(x, rate)], "this is the lower end: false alarms are the highest "
         "scores"),
        (lambda x, rate: np.quantile(x, 1 - rate), "this lies between two scores: return one of the given "
         "scores"),
        (lambda x, rate: np.sort(abs(x))[::-1][_allowed(x, rate)], "you took absolute values: only high "
         "scores are alarms"),
        (_normal, "this trusts a normal distribution: count in the measured scores"),
        (lambda x, rate: x[_allowed(x, rate)], "the scores are not sorted"),
        (lambda x, rate: x.max(), "no unmarked picture is above this: a share of them may be"),
        (lambda x, rate: np.unique(x)[::-1][_allowed(x, rate)], "equal scores were counted once: each of "
         "them is a picture"),
    ],
    right=[
        lambda x, rate: np.sort(x)[::-1][_allowed(x, rate)],
        lambda x, rate: np.quantile(x, 1 - rate, method="inverted_cdf"),
        lambda x, rate: np.partition(x, len(x) - 1 - _allowed(x, rate))[len(x) - 1 - _allowed(x, rate)],
    ],
)  # fmt: skip
def alarm_threshold(rng):
    """The lowest of the scores of unmarked pictures that at most a given share of them exceed."""
    scores = rng.normal(0.1, 1.0, 57)
    scores[rng.permutation(57)[:6]] = rng.uniform(-9, -5, 6)
    yield scores, 0.08  # 4.56 of them: four may be above
    yield rng.normal(0, 3, 16), 0.125  # exactly two
    ties = rng.permutation(np.repeat(rng.normal(size=6), [3, 1, 2, 4, 1, 2]))
    yield hinted("with scores that are equal a whole group of them is above, or none of it", ties, 0.25)
    for ordered in np.sort(scores), np.sort(scores)[::-1]:
        yield hinted("with a rate of 0 none may be above: the highest score is the threshold", ordered, 0.0)
