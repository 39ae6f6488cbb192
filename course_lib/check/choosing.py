"""Exercises of the lesson 05_comparisons/3, choosing a model."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, shaped
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------------- 5.3.1, the weights of an LSTM


def _lstm_weights(inputs, units):
    return 4 * units * (inputs + units + 1)


@exercise(answer=_lstm_weights)
def lstm_weights(attempt):
    """How many weights an LSTM layer has that sees `inputs` numbers a step and keeps `units`."""
    n, u = 29, 11
    mistakes = [
        (u * (n + u + 1), "these are the weights of one product: an LSTM has four, three gates and a "
         "candidate"),
        (3 * u * (n + u + 1), "this is three times the product: besides the three gates there is the "
         "candidate (three in all would be a GRU's)"),
        (4 * u * (n + u), "the biases are missing: each of the four products adds one number a unit"),
        (4 * u * (n + 1), "what the layer hears from its own last state is missing: units more inputs"),
        (4 * u * (u + 1), "what the layer hears from the frame is missing: inputs more numbers"),
        (4 * u * (n + u + 2), "this has two biases a unit, as PyTorch stores them; one is enough, and "
         "Keras has one"),
        (4 * n * (n + u + 1), "the numbers that come out are `units` many, not `inputs` many"),
        (4 * u * (n + u + 1) * 28, "the weights are the same at every step: do not multiply by the steps"),
        (4 * (n + u + 1), "each product gives `units` numbers, and each needs its own row of weights"),
        (4 * u * n * u, "a unit hears from inputs *and* from units: add the two, then multiply"),
        (4 * (u * (n + u) + 1), "a bias for every unit, not one for all of them"),
    ]  # fmt: skip
    otherwise = "wanted: four products, each from (inputs, units and a 1 for the bias) to units"
    compare(number(attempt(n, u)), _lstm_weights(n, u), mistakes, otherwise)
    for n, u in ((1, 1), (256, 24), (3, 70)):
        if number(attempt(n, u)) != _lstm_weights(n, u):
            raise Wrong(f"right for one layer, wrong for inputs={n}, units={u}: use both arguments")


# ------------------------------------------------------------------------ 5.3.2, evenly in the logarithm


def _log_uniform(chance, low, high):
    return low * (high / low) ** np.asarray(chance)


@exercise(answer=_log_uniform)
def log_uniform(attempt):
    """Numbers in [0, 1) to settings between low and high, evenly spread over their logarithm."""
    chance = np.array([0.0, 0.17, 0.5, 0.83, 0.99])
    low, high = 2e-4, 0.5
    values = shaped(attempt(chance.copy(), low, high), chance.shape, "one setting for each number")
    logs = np.log(low) + chance * np.log(high / low)
    mistakes = [
        (low + chance * (high - low), "these are spread evenly over the settings themselves: nine of ten "
         "are more than a tenth of `high`; spread their logarithms"),
        (logs, "these are the logarithms: take exp of them"),
        (np.log10(low) + chance * np.log10(high / low), "these are the logarithms to the base 10: take 10 "
         "** of them"),
        (np.exp(np.log10(low) + chance * np.log10(high / low)), "log10 and exp do not undo each other: use "
         "log and exp, or log10 and 10 **"),
        (10**logs, "log and 10 ** do not undo each other: use log and exp, or log10 and 10 **"),
        (high * (low / high) ** chance, "this runs from high down to low: a chance of 0 shall give low"),
        (low * high**chance, "the ratio is missing: at a chance of 1 this is low · high, not high"),
        (low + (high - low) ** chance, "that is a sum: on a logarithmic scale one *multiplies* by a factor"),
        (low ** (1 - chance) + high**chance, "multiply the two powers, do not add them"),
        (low + (high / low) ** chance, "low is the factor in front: multiply by it"),
        (np.exp(chance) * low, "this ends at low · e, whatever high is"),
    ]  # fmt: skip
    otherwise = "wanted: low · (high / low) to the power of chance"
    compare(values, _log_uniform(chance, low, high), mistakes, otherwise)
    again = array(attempt(np.array([0.25, 0.75]), 1.0, 16.0))
    if not np.allclose(again, [2, 8], rtol=1e-3):
        raise Wrong("right between 0.0002 and 0.5, wrong between 1 and 16, where a quarter shall give 2")


# ------------------------------------------------------------------- 5.3.3, the optimism of a chosen best


def _optimism(seen, fresh):
    trials = np.arange(len(seen))
    best = seen.argmax(axis=1)
    return float(np.mean(seen[trials, best] - fresh[trials, best]))


@exercise(answer=_optimism)
def optimism(attempt):
    """Scores (trials, settings) to choose by, and on fresh pictures: by how much is the chosen overrated?"""
    rng = np.random.default_rng(8)
    true = np.array([0.70, 0.72, 0.71, 0.55])
    seen = true + rng.normal(0, 0.05, (6, 4))
    fresh = true + rng.normal(0, 0.02, (6, 4))
    trials = np.arange(6)
    best = seen.argmax(axis=1)
    overall = seen.mean(axis=0).argmax()
    down = seen.argmax(axis=0)
    mistakes = [
        (np.mean(fresh[trials, best] - seen[trials, best]), "the sign is turned round: optimism is what "
         "was seen minus what is true"),
        (np.mean(seen.max(axis=1) - fresh.max(axis=1)), "you chose once more on the fresh pictures: take "
         "the fresh score of the setting that was chosen on the others"),
        (np.mean(fresh.max(axis=1) - fresh[trials, best]), "this is what the choice costs against the best "
         "on the fresh pictures: asked for is seen minus fresh of the chosen"),
        (np.mean(seen - fresh), "this is the mean over all settings: only the chosen one counts"),
        (np.mean(seen[:, overall] - fresh[:, overall]), "you chose one setting for all trials: each trial "
         "chooses for itself, along axis 1"),
        (np.mean(seen[down, np.arange(4)] - fresh[down, np.arange(4)]), "you chose a trial for each "
         "setting: the settings lie along axis 1"),
        (np.mean(seen.max(axis=1)), "this is the chosen score itself: its fresh score is to be taken away"),
        (np.mean(seen.max(axis=1) - seen.mean(axis=1)), "the best was compared with the mean of its rivals "
         "on the same pictures: take its score on fresh ones"),
        (np.mean(seen.max(axis=1)) - fresh.mean(), "the fresh score is of all settings: take that of the "
         "chosen"),
        (np.mean(seen[trials, fresh.argmax(axis=1)] - fresh.max(axis=1)), "you chose on the fresh "
         "pictures: choose by `seen`"),
        (np.sum(seen[trials, best] - fresh[trials, best]), "this is the sum over trials: take the mean"),
        (seen.max() - fresh[np.unravel_index(seen.argmax(), seen.shape)], "this is the best of all trials: "
         "every trial chooses its own, and then comes the mean"),
        (np.mean(seen[trials, seen.argmin(axis=1)] - fresh[trials, seen.argmin(axis=1)]), "you chose the "
         "worst: a higher score is better here"),
    ]  # fmt: skip
    hints = {(6,): "this is one number a trial: take the mean over trials"}
    value = number(attempt(seen.copy(), fresh.copy()), hints=hints)
    compare(value, _optimism(seen, fresh), mistakes, "wanted: mean over trials of seen minus fresh at argmax")
    if abs(number(attempt(seen.copy(), seen.copy()))) > 1e-9:
        raise Wrong("where fresh equals seen there is no optimism: the result must be 0")
    one = number(attempt(seen[:, :1].copy(), fresh[:, :1].copy()))
    if not np.isclose(one, np.mean(seen[:, 0] - fresh[:, 0])):
        raise Wrong("with one setting there is nothing to choose: the result is the mean of seen - fresh")
