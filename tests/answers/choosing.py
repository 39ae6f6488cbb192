"""Answers to the exercises of the lesson on choosing a model."""

import numpy as np


def _chosen(seen, fresh):
    trials = np.arange(len(seen))
    return seen[trials, seen.argmax(axis=1)], fresh[trials, seen.argmax(axis=1)]


WRONG_ANSWERS = {
    "lstm_weights": [
        (lambda inputs, units: units * (inputs + units + 1), "three gates and a candidate"),
        (lambda inputs, units: 3 * units * (inputs + units + 1), "a GRU's"),
        (lambda inputs, units: 4 * units * (inputs + units), "biases are missing"),
        (lambda inputs, units: 4 * units * (inputs + 1), "own last state"),
        (lambda inputs, units: 4 * (inputs * units + units * units + 2 * units), "PyTorch"),
        (lambda inputs, units: 4 * (units * (inputs + units) + 1), "a bias for every unit"),
        (lambda inputs, units: 4 * units * inputs * units, "add the two"),
        (lambda inputs, units: 4 * units * (inputs + units + 1) * 28, "at every step"),
        (lambda inputs, units: 4 * units * (inputs + 12), "wrong for inputs=1"),
    ],
    "log_uniform": [
        (lambda chance, low, high: low + chance * (high - low), "nine of ten"),
        (lambda chance, low, high: np.log(low) + chance * np.log(high / low), "take exp"),
        (lambda chance, low, high: 10 ** (np.log(low) + chance * np.log(high / low)), "log and 10 **"),
        (lambda chance, low, high: np.exp(np.log10(low) + chance * np.log10(high / low)), "log10 and exp"),
        (lambda chance, low, high: high * (low / high) ** chance, "from high down"),
        (lambda chance, low, high: low * high**chance, "ratio is missing"),
        (lambda chance, low, high: low * 2500**chance, "between 1 and 16"),
        (lambda chance, low, high: low, "one setting for each number"),
    ],
    "optimism": [
        (lambda seen, fresh: -np.mean(np.subtract(*_chosen(fresh, seen))), "choose by `seen`"),
        (lambda seen, fresh: -np.mean(np.subtract(*_chosen(seen, fresh))), "the sign"),
        (lambda seen, fresh: np.mean(seen.max(axis=1) - fresh.max(axis=1)), "once more on the fresh"),
        (lambda seen, fresh: np.mean(seen - fresh), "mean over all settings"),
        (lambda seen, fresh: np.subtract(*_chosen(seen, fresh)), "one number a trial"),
        (lambda seen, fresh: np.sum(np.subtract(*_chosen(seen, fresh))), "the sum over trials"),
        (lambda seen, fresh: np.mean(seen.max(axis=1) - seen.mean(axis=1)), "mean of its rivals"),
        (lambda seen, fresh: np.mean(seen.max(axis=1)), "chosen score itself"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "lstm_weights": [lambda inputs, units: 4 * (inputs * units + units * units + units)],
    "log_uniform": [
        lambda chance, low, high: np.exp(np.log(low) + np.asarray(chance) * (np.log(high) - np.log(low))),
        lambda chance, low, high: 10 ** (np.log10(low) + np.asarray(chance) * np.log10(high / low)),
    ],
    "optimism": [
        lambda seen, fresh: np.mean([s.max() - f[s.argmax()] for s, f in zip(seen, fresh, strict=True)])
    ],
}
