"""Exercises of the lesson 05_comparisons/3, choosing a model."""

import numpy as np

from course_lib.check.drawn import drawn, hinted


def _lstm_weights(inputs, units):
    return 4 * units * (inputs + units + 1)


@drawn(
    answer=_lstm_weights,
    idea="four products, each from the inputs, the units and a 1 for the bias to the units",
    mistakes=[
        (lambda n, u: u * (n + u + 1), "these are the weights of one product: an LSTM has four, three gates "
         "and a candidate"),
        (lambda n, u: 3 * u * (n + u + 1), "this is three times the product: besides the three gates there "
         "is the candidate (three in all would be a GRU's)"),
        (lambda n, u: 3 * u * (n + u), "two things are missing: the candidate, a fourth product, and the "
         "biases"),
        (lambda n, u: 4 * u * (n + u), "the biases are missing: each of the four products adds one number a "
         "unit"),
        (lambda n, u: 4 * u * (n + 1), "what the layer hears from its own last state is missing: units more "
         "inputs"),
        (lambda n, u: 4 * u * (u + 1), "what the layer hears from the frame is missing: inputs more numbers"),
        (lambda n, u: 4 * u * (n + u + 2), "this has two biases a unit, as PyTorch stores them; one is "
         "enough, and Keras has one"),
        (lambda n, u: 4 * n * (n + u + 1), "the numbers that come out are `units` many, not `inputs` many"),
        (lambda n, u: 4 * u * (n + u + 1) * 28, "the weights are the same at every step: do not multiply by "
         "the steps"),
        (lambda n, u: 4 * (n + u + 1), "each product gives `units` numbers, and each needs its own row of "
         "weights"),
        (lambda n, u: 4 * u * n * u, "a unit hears from inputs *and* from units: add the two, then multiply"),
        (lambda n, u: 4 * (u * (n + u) + 1), "a bias for every unit, not one for all of them"),
    ],
    right=[lambda n, u: 4 * (n * u + u * u + u), lambda n, u: 4.0 * u * n + 4 * u * (u + 1)],
)  # fmt: skip
def lstm_weights(rng):
    """How many weights an LSTM layer has that sees `inputs` numbers a step and keeps `units`."""
    yield int(rng.integers(20, 60)), int(rng.integers(5, 15))
    yield 3, int(rng.integers(60, 90))
    yield int(rng.integers(280, 330)), 64
    yield 1, 1


def _log_uniform(chance, low, high):
    return low * (high / low) ** np.asarray(chance)


def _logs(c, low, high, log=np.log):
    return log(low) + c * log(high / low)


@drawn(
    answer=_log_uniform, gives="array",
    idea="as chance grows from 0 to 1 the logarithm goes in a straight line from log low to log high, so the "
    "setting itself is low times a power of high / low",
    mistakes=[
        (lambda c, low, high: low + c * (high - low), "these are spread evenly over the settings themselves: "
         "nine of ten are more than a tenth of `high`; spread their logarithms"),
        (_logs, "these are the logarithms: take exp of them"),
        (lambda c, *ends: _logs(c, *ends, np.log10), "these are the logarithms to the base 10: take 10 ** of "
         "them"),
        (lambda c, *ends: np.exp(_logs(c, *ends, np.log10)), "log10 and exp do not undo each other: use log "
         "and exp, or log10 and 10 **"),
        (lambda c, *ends: 10 ** _logs(c, *ends), "log and 10 ** do not undo each other: use log and exp, or "
         "log10 and 10 **"),
        (lambda c, low, high: high * (low / high) ** c, "this runs from high down to low: a chance of 0 "
         "shall give low"),
        (lambda c, low, high: low * high**c, "the ratio is missing: at a chance of 1 this is low · high, not "
         "high"),
        (lambda c, low, high: low + (high - low) ** c, "that is a sum: on a logarithmic scale one "
         "*multiplies* by a factor"),
        (lambda c, low, high: low ** (1 - c) + high**c, "multiply the two powers, do not add them"),
        (lambda c, low, high: low + (high / low) ** c, "low is the factor in front: multiply by it"),
        (lambda c, low, high: np.exp(c) * low, "this ends at low · e, whatever high is"),
    ],
    right=[
        lambda c, low, high: np.exp(np.log(low) + c * (np.log(high) - np.log(low))),
        lambda c, low, high: 10 ** (np.log10(low) + c * np.log10(high / low)),
        lambda c, low, high: low ** (1 - c) * high**c,
        lambda c, low, high: [low * (high / low) ** one for one in c],
    ],
)  # fmt: skip
def log_uniform(rng):
    """Numbers in [0, 1) to settings between low and high, evenly spread over their logarithm."""
    low = 10 ** rng.uniform(-7, -6)  # float16 would not do
    yield rng.permutation([0.0, 0.999, *rng.uniform(0.1, 0.9, 5)]), low, low * rng.uniform(200, 3000)
    yield rng.random(3), 1.0, 16.0
    several = "right for one setting: two at once come as columns, with an array each for `low` and `high`"
    yield hinted(several, rng.random((6, 2)), np.array([1e-3, 0.01]), np.array([1.0, 0.3]))


def _at(scores, chosen):
    """The score of each trial at the setting chosen for it."""
    return scores[np.arange(len(scores)), chosen]


def _optimism(seen, fresh):
    trials = np.arange(len(seen))
    best = seen.argmax(axis=1)
    return np.mean(seen[trials, best] - fresh[trials, best])


@drawn(
    answer=_optimism, gives="float",
    idea="in each trial find where `seen` is highest, take both scores of that setting in that trial, "
    "subtract, and average over the trials",
    mistakes=[
        (lambda s, f: np.mean(_at(f - s, s.argmax(1))), "the sign is turned round: optimism is what was seen "
         "minus what is true"),
        (lambda s, f: np.mean(s.max(1) - f.max(1)), "you chose once more on the fresh pictures: take the "
         "fresh score of the setting that was chosen on the others"),
        (lambda s, f: np.mean(f.max(1) - _at(f, s.argmax(1))), "this is what the choice costs against the "
         "best on the fresh pictures: asked for is seen minus fresh of the chosen"),
        (lambda s, f: np.mean(s - f), "this is the mean over all settings: only the chosen one counts"),
        (lambda s, f: np.mean((s - f)[:, s.mean(0).argmax()]), "you chose one setting for all trials: each "
         "trial chooses for itself, along axis 1"),
        (lambda s, f: np.mean((s - f)[:, s[0].argmax()]), "the first trial's choice was kept in all of them: "
         "each trial chooses for itself"),
        (lambda s, f: np.mean(_at((s - f).T, s.argmax(0))), "you chose a trial for each setting: the "
         "settings lie along axis 1"),
        (lambda s, f: np.mean((s - f)[:, s.argmax(1)]), "every trial's choice was looked up in every trial: "
         "the i-th choice belongs to the i-th trial only"),
        (lambda s, f: np.mean(s.max(1)) - np.mean(f[:, s.argmax(1)]), "every trial's choice was looked up in "
         "all trials of `fresh`: the i-th choice belongs to the i-th trial only"),
        (lambda s, f: np.mean(s.max(1)), "this is the chosen score itself: its fresh score is to be taken "
         "away"),
        (lambda s, f: np.mean(s.max(1) - s.mean(1)), "the best was compared with the mean of its rivals on "
         "the same pictures: take its score on fresh ones"),
        (lambda s, f: np.mean(s.max(1)) - f.mean(), "the fresh score is of all settings: take that of the "
         "chosen"),
        (lambda s, f: np.mean(_at(s - f, f.argmax(1))), "you chose on the fresh pictures: choose by `seen`"),
        (lambda s, f: np.sum(_at(s - f, s.argmax(1))), "this is the sum over trials: take the mean"),
        (lambda s, f: s.max() - f.flat[s.argmax()], "this is the best of all trials: every trial chooses its "
         "own, and then comes the mean"),
        (lambda s, f: np.mean(_at(s - f, s.argmin(1))), "you chose the worst: a higher score is better here"),
        (lambda s, f: _at(s - f, s.argmax(1)), "this is one number a trial: take the mean over trials"),
    ],
    right=[
        lambda s, f: np.mean([one.max() - other[one.argmax()] for one, other in zip(s, f, strict=True)]),
        lambda s, f: np.take_along_axis(s - f, s.argmax(1)[:, None], axis=1).mean(),
    ],
)  # fmt: skip
def optimism(rng):
    """Scores (trials, settings) to choose by, and on fresh pictures: by how much is the chosen overrated?"""
    for trials, settings in ((6, 4), (5, 7), (4, 4)):
        seen, fresh = rng.uniform(0.4, 0.6, (2, trials, settings))
        winners = rng.permutation(settings)[np.arange(trials) % settings]  # another one in each trial
        seen[np.arange(trials), winners] += rng.uniform(0.2, 0.3, trials)
        yield seen, fresh
    ties = rng.integers(0, 3, (6, 5)) / 4
    yield hinted("of settings that are equally high the first is chosen", ties, rng.random((6, 5)))
    yield hinted("where fresh equals seen there is no optimism: the result must be 0", seen, seen.copy())
    yield hinted("with one setting there is nothing to choose", seen[:, :1], fresh[:, :1])
