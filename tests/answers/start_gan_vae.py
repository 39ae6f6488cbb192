"""Typical wrong answers, and other right ones, to the exercises of chapters 0 and 2."""

import keras
import numpy as np
from keras import ops
from scipy import special

SOFTPLUS, SIGMOID = ops.softplus, ops.sigmoid

START = {
    "to_signed": [
        (lambda pictures: (pictures / 255).astype("float32"), "from 0 to 1"),
        (lambda pictures: pictures / 127.5, "from 0 to 2"),
        (lambda pictures: pictures / 255 - 0.5, "from -0.5 to 0.5"),
        (lambda pictures: pictures.astype("float32") / 128 - 1, "not 128"),
        (lambda pictures: pictures // 127.5 - 1, "whole numbers"),
        (lambda pictures: (pictures - 127) / 128, "wrapped around"),
        (lambda pictures: pictures / 127.5 - 1, "stored as float64"),
        (lambda pictures: 1 - pictures / 127.5, "changed places"),
        (lambda pictures: (pictures - pictures.mean()) / pictures.std(), "spread of this batch"),
        (
            lambda pictures: ((pictures - pictures.min()) / (pictures.max() - pictures.min()) * 2 - 1).astype(
                "float32"
            ),
            "darkest and brightest",
        ),
        (lambda pictures: pictures[0] / 127.5 - 1, "has the shape"),
        (lambda pictures: (pictures - 1.0) / 127.5, "before you divided"),
    ],
    "brighten": [
        (lambda pictures, amount: pictures + np.uint8(amount), "turned dark"),
        (lambda pictures, amount: pictures.astype("int32") + amount, "above 255 are left"),
        (lambda pictures, amount: np.clip(pictures * 1.0 + amount, 0, 255), "stored as float64"),
        (lambda pictures, amount: np.clip(pictures * 1.0 * amount, 0, 255), "multiplied"),
        (lambda pictures, amount: pictures, "nothing has changed"),
        (
            lambda pictures, amount: np.minimum(pictures.astype("int32") + amount, 255).astype("uint8"),
            "stop at 0",
        ),
        (
            lambda pictures, amount: np.clip(pictures.astype("int32") - amount, 0, 255),
            "became darker",
        ),
        (lambda pictures, amount: np.clip(pictures * 1.0 + amount, -1, 1), "range of floats"),
        (lambda pictures, amount: pictures.__iadd__(np.uint8(amount)), "in place"),
    ],
    "mean_picture": [
        (lambda pictures: pictures.mean(), "everything"),
        (lambda pictures: pictures.mean(axis=-1), "channels"),
        (lambda pictures: pictures.mean(axis=1), "rows"),
        (lambda pictures: pictures.mean(axis=(1, 2)), "mean colour"),
        (lambda pictures: pictures.mean(axis=(1, 2, 3)), "brightness"),
        (lambda pictures: pictures.mean(axis=0, keepdims=True), "keepdims"),
        (lambda pictures: pictures.sum(axis=0), "divide by how many"),
        (lambda pictures: sum(p // 1 for p in pictures) / len(pictures), "again from 0"),
        (lambda pictures: pictures.mean(axis=0).astype("uint8"), "fractions are lost"),
        (lambda pictures: np.rint(pictures.mean(axis=0)), "rounded"),
        (lambda pictures: np.median(pictures, axis=0), "median"),
    ],
}

VAE = {
    "gaussian_kl": [
        (lambda m, s: ops.mean(ops.sum(m**2 + ops.exp(s) - s - 1, axis=-1)), "factor 1/2 is missing"),
        (
            lambda m, s: 0.5 * ops.mean(ops.sum(1 + s - m**2 - ops.exp(s), axis=-1)),
            "never below 0",
        ),
        (
            lambda m, s: ops.mean(ops.sum(1 + s - m**2 - ops.exp(s), axis=-1)),
            "as in one of the articles",
        ),
        (lambda m, s: 0.5 * ops.mean(m**2 + ops.exp(s) - s - 1), "averaged over the latents"),
        (lambda m, s: 0.5 * ops.sum(m**2 + ops.exp(s) - s - 1), "summed over the batch"),
        (
            lambda m, s: 0.5 * ops.sum(m**2 + ops.exp(s) - s - 1, axis=-1),
            "one number a picture is left",
        ),
        (lambda m, s: 0.5 * (m**2 + ops.exp(s) - s - 1), "one number a latent is left"),
        (
            lambda m, s: 0.5 * ops.mean(ops.sum(m**2 + ops.exp(s) - s - 1, axis=0)),
            "axes have changed places",
        ),
        (
            lambda m, s: 0.5 * ops.mean(ops.sum(m**2 + s - ops.log(s) - 1, axis=-1)),
            "taken for the variance",
        ),
        (
            lambda m, s: 0.5 * ops.mean(ops.sum(m**2 + ops.exp(s / 2) - s - 1, axis=-1)),
            "wants the variance",
        ),
        (
            lambda m, s: 0.5 * ops.mean(ops.sum(m**2 + ops.exp(2 * s) - 2 * s - 1, axis=-1)),
            "logarithm of the standard deviation",
        ),
        (lambda m, s: 0.5 * ops.mean(ops.sum(m**2 + ops.exp(s) - s, axis=-1)), "-1 is missing"),
        (lambda m, s: 0.5 * ops.mean(ops.sum(m + ops.exp(s) - s - 1, axis=-1)), "must be squared"),
        (
            lambda m, s: 0.5 * ops.sum(m**2 + ops.exp(s) - s - 1) / 6,
            "take sizes from the arguments",
        ),
        (
            lambda m, s: _kl_by_numpy(ops.convert_to_numpy(m), ops.convert_to_numpy(s)),
            "computed by NumPy",
        ),
    ],
    "reparameterise": [
        (lambda m, s, e: m + ops.exp(s) * e, "exp(log_var) is the variance"),
        (lambda m, s, e: m + ops.sqrt(s) * e, "taken for the variance"),
        (lambda m, s, e: m + s * e, "log_var is a logarithm"),
        (lambda m, s, e: m + e, "noise has size 1"),
        (lambda m, s, e: m, "noise is left out"),
        (lambda m, s, e: e, "never hear of the picture"),
        (lambda m, s, e: ops.exp(s / 2) * e, "mean is missing"),
        (lambda m, s, e: ops.exp(s / 2) * (m + e), "scaled the mean as well"),
        (lambda m, s, e: m - ops.exp(s / 2) * e, "subtracted the noise"),
        (lambda m, s, e: m + ops.exp(-s / 2) * e, "sign in the exponent"),
        (
            lambda m, s, e: m + ops.exp(s / 2) * keras.random.normal(m.shape),
            "random numbers of your own",
        ),
        (
            lambda m, s, e: ops.sum(m + ops.exp(s / 2) * e, axis=-1),
            "a code of its own",
        ),
        (
            lambda m, s, e: ops.stop_gradient(m + ops.exp(s / 2) * e),
            "does not reach mean and log_var",
        ),
    ],
    "reconstruction_loss": [
        (lambda x, y, s: ops.mean(_nats(x, y, s)), "averaged over the pixels"),
        (lambda x, y, s: ops.sum(_nats(x, y, s)), "summed over the batch"),
        (lambda x, y, s: -ops.sum(_nats(x, y, s)) / 3, "sign is flipped"),
        (lambda x, y, s: ops.sum(_nats(x, y, s), axis=(1, 2, 3)), "one number a picture is left"),
        (lambda x, y, s: ops.sum(_nats(x, y, s), axis=-1), "sum over height, width and channels"),
        (
            lambda x, y, s: ops.sum((x - y) ** 2 / s**2 + np.log(s) + np.log(2 * np.pi) / 2) / 3,
            "factor 1/2",
        ),
        (
            lambda x, y, s: ops.sum((x - y) ** 2 / (2 * s) + np.log(s) + np.log(2 * np.pi) / 2) / 3,
            "not by sigma",
        ),
        (lambda x, y, s: ops.sum((x - y) ** 2 / (2 * s**2)) / 3, "no log-density"),
        (
            lambda x, y, s: ops.sum((x - y) ** 2 / (2 * s**2) + np.log(s)) / 3,
            "½ log 2π is missing",
        ),
        (
            lambda x, y, s: ops.sum((x - y) ** 2 / (2 * s**2) + np.log(2 * np.pi) / 2) / 3,
            "log sigma is missing",
        ),
        (lambda x, y, s: ops.sum((x - y) ** 2) / 3, "this is the squared error"),
        (lambda x, y, s: ops.sum(_nats(x, y, s)) / 3, "use the arguments"),
    ],
}


def _bin(x, mean, scale, low=True, high=True, half=1 / 255):
    """The mass of a level's bin, with the edges that reach to infinity or without."""
    upper = SIGMOID((x + half - mean) / scale)
    lower = SIGMOID((x - half - mean) / scale)
    upper = ops.where(x > 0.999, 1.0, upper) if high else upper
    return upper - (ops.where(x < -0.999, 0.0, lower) if low else lower)


def _by_softplus(x, mean, scale):
    upper, lower = (x + 1 / 255 - mean) / scale, (x - 1 / 255 - mean) / scale
    inside = -SOFTPLUS(-upper) - SOFTPLUS(lower) + ops.log(-ops.expm1(lower - upper))
    edges = ops.where(x < 0, -SOFTPLUS(-upper), -SOFTPLUS(lower))
    return ops.exp(ops.where(ops.abs(x) > 0.999, edges, inside))


LIKELIHOOD = {
    "level_probabilities": [
        (lambda x, m, s: _bin(x, m, s, low=False, high=False), "beyond is lost"),
        (lambda x, m, s: _bin(x, m, s, low=False), "down to minus infinity"),
        (lambda x, m, s: _bin(x, m, s, high=False), "up to infinity"),
        (lambda x, m, s: _bin(x, m, s, half=2 / 255), "twice as wide"),
        (lambda x, m, s: _bin(x, m, s, half=1 / 510), "levels lie 2/255 apart"),
        (lambda x, m, s: SIGMOID((x - m) / s) * SIGMOID((m - x) / s) / s, "this is the density"),
        (
            lambda x, m, s: SIGMOID((x - m) / s) * SIGMOID((m - x) / s) / s * 2 / 255,
            "density times width",
        ),
        (lambda x, m, s: SIGMOID((x + 1 / 255 - m) / s), "all mass up to"),
        (lambda x, m, s: -_bin(x, m, s), "sign is flipped"),
        (lambda x, m, s: _bin(x, m, 1 / s), "not multiply"),
        (lambda x, m, s: _bin(x, m, ops.exp(s)), "not its logarithm"),
        (lambda x, m, s: ops.sum(_bin(x, m, s), axis=1), "has the shape"),
        (lambda x, m, s: ops.sqrt(_bin(x, m, s)), "no lower edge"),
        (
            lambda x, m, s: ops.concatenate(
                [
                    _bin(x, m, s)[:, :1] * 0 + SIGMOID((x[:, :1] + 1 / 255 - m[:, :1]) / s[:, :1]),
                    _bin(x, m, s, low=False, high=False)[:, 1:-1],
                    1 - SIGMOID((x[:, -1:] - 1 / 255 - m[:, -1:]) / s[:, -1:]),
                ],
                axis=1,
            ),
            "not by its place",
        ),
    ],
    "importance_weighted_bound": [
        (lambda w: ops.mean(w, axis=0), "mean of the logs"),
        (lambda w: ops.logsumexp(w, axis=0), "log of the sum"),
        (lambda w: ops.log(ops.mean(ops.exp(w), axis=0)), "minus infinity"),
        (lambda w: ops.logsumexp(w, axis=1) - np.log(w.shape[1]), "axis 1"),
        (lambda w: ops.mean(ops.logsumexp(w, axis=0) - np.log(w.shape[0])), "one number is left"),
        (lambda w: ops.logsumexp(w, axis=0) / w.shape[0], "before the log"),
        (lambda w: ops.logsumexp(w, axis=0) + np.log(w.shape[0]), "you added it"),
        (lambda w: ops.max(w, axis=0), "best code"),
        (lambda w: ops.mean(ops.exp(w), axis=0), "take its logarithm"),
        (lambda w: np.log(w.shape[0]) - ops.logsumexp(w, axis=0), "sign"),
        (lambda w: w - np.log(w.shape[0]), "one number a code"),
    ],
    "active_units": [
        (lambda m: (np.std(m, axis=0) > 0.01).sum(), "its root"),
        (lambda m: (np.mean(m**2, axis=0) > 0.01).sum(), "not the mean square"),
        (lambda m: (np.abs(np.mean(m, axis=0)) > 0.01).sum(), "where the means lie"),
        (lambda m: (np.var(m, axis=1) > 0.01).sum(), "counted pictures"),
        (lambda m: (np.var(m, axis=0) < 0.01).sum(), "silent"),
        (lambda m: (np.var(m, axis=0) > 0.01).mean(), "share"),
        (lambda m: np.var(m, axis=0) > 0.01, "one value a latent"),
        (lambda m: m.shape[1], "counted all"),
    ],
    "free_bits": [
        (lambda k, n: ops.sum(ops.mean(k, axis=0)), "nothing is free"),
        (lambda k, n: ops.mean(ops.sum(ops.maximum(k, n), axis=1)), "for every picture"),
        (lambda k, n: ops.sum(ops.minimum(ops.mean(k, axis=0), n)), "other way"),
        (lambda k, n: ops.sum(ops.relu(ops.mean(k, axis=0) - n)), "subtracts"),
        (lambda k, n: ops.maximum(ops.mean(ops.sum(k, axis=1)), n), "sum of all latents"),
        (lambda k, n: ops.mean(ops.maximum(ops.mean(k, axis=0), n)), "averaged over the latents"),
        (lambda k, n: ops.maximum(ops.mean(k, axis=0), n), "one number a latent"),
        (lambda k, n: ops.sum(ops.maximum(ops.mean(k, axis=0), 0.5)), "nats = 0"),
    ],
}

LATENT = {
    "calibrated_loss": [
        (lambda x, y: _pixel_nats(x, y), "loss of one pixel"),
        (lambda x, y: x.shape[0] * _pixels(x) * _pixel_nats(x, y), "summed over the batch"),
        (lambda x, y: -_pixels(x) * _pixel_nats(x, y), "sign is flipped"),
        (
            lambda x, y: _pixels(x) * (_pixel_nats(x, y) + ops.log(ops.mean((x - y) ** 2)) / 2),
            "half its logarithm",
        ),
        (lambda x, y: _pixels(x) * ops.log(ops.mean((x - y) ** 2)) / 2, "is missing: without it"),
        (lambda x, y: _pixels(x) * (_pixel_nats(x, y) - 0.5), "squares are missing"),
        (
            lambda x, y: (
                _pixels(x)
                * ops.mean(ops.log(ops.mean((x - y) ** 2, axis=(1, 2, 3))) / 2 + np.log(2 * np.pi * np.e) / 2)
            ),
            "sigma of its own",
        ),
        (lambda x, y: ops.mean((x - y) ** 2), "its logarithm is wanted"),
        (
            lambda x, y: _pixels(x) * (ops.log(ops.mean((x - y) ** 2, axis=(1, 2, 3))) / 2 + 1.4189385),
            "one number a picture is left",
        ),
        (
            lambda x, y: _pixels(x) * np.float64(_pixel_nats(x, y)),
            "computed by NumPy",
        ),
        (lambda x, y: 40 * _pixel_nats(x, y), "count the pixels"),
    ],
    "best_picture": [
        (lambda z, m, s, x: x.mean(axis=0), "mean of all pictures"),
        (lambda z, m, s, x: np.tensordot(np.exp(_log_q(z, m, s)), x, 1), "divide by the sum"),
        (lambda z, m, s, x: x[np.argmax(_log_q(z, m, s))], "likeliest picture alone"),
        (
            lambda z, m, s, x: _mean_by(-((z - m) ** 2 / np.exp(s)).sum(axis=1) / 2, x),
            "log_var is missing",
        ),
        (lambda z, m, s, x: _mean_by(2 * _log_q(z, m, s), x), "factor 1/2"),
        (lambda z, m, s, x: _mean_by(-_log_q(z, m, s), x), "far away means unlikely"),
        (
            lambda z, m, s, x: _mean_by(-0.5 * ((z - m) ** 2 / np.exp(s / 2) + s).sum(axis=1), x),
            "not by the standard deviation",
        ),
        (lambda z, m, s, x: _mean_by(_log_q(z, m, s) / m.shape[1], x), "not their mean"),
        (lambda z, m, s, x: np.exp(_log_q(z, m, s)), "these are the weights"),
        (
            lambda z, m, s, x: np.tensordot(np.exp(_log_q(z, m, s)) / np.exp(_log_q(z, m, s)).sum(), x, 1),
            "0/0 is NaN",
        ),
    ],
    "direction": [
        (lambda z, a, h: z[a == 1].mean(axis=0) - z[a == 0].mean(axis=0), "difference of the means"),
        (lambda z, a, h: z[a == 0].mean(axis=0) - z[a == 1].mean(axis=0), "minus the difference"),
        (lambda z, a, h: _solved(z, a, h)[0], "column of ones is missing"),
        (lambda z, a, h: _solved(z, a)[0], "only the attribute"),
        (lambda z, a, h: _solved(z, a, h, np.ones(len(z))), "all coefficients"),
        (lambda z, a, h: _solved(z, a, h, np.ones(len(z)))[1], "first held column"),
        (lambda z, a, h: _solved(z, a, h, np.ones(len(z)))[-1], "the mean code"),
        (
            lambda z, a, h: (
                _solved(z, a, h, np.ones(len(z)))[0] / np.linalg.norm(_solved(z, a, h, np.ones(len(z)))[0])
            ),
            "made its length 1",
        ),
        (lambda z, a, h: _solved(a, z, h, np.ones(len(z)))[: z.shape[1]], "that are to be explained"),
        (lambda z, a, h: _solved(a, z, np.ones(len(z)))[: z.shape[1]], "exchange the two"),
        (lambda z, a, h: -_solved(z, a, h, np.ones(len(z)))[0], "sign is flipped"),
        (lambda z, a, h: _solved(z, a, h, np.ones(len(z)))[:1], "take one row"),
    ],
}


def _pixels(pictures):
    return int(np.prod(pictures.shape[1:]))


def _pixel_nats(x, y):
    """The loss of one pixel at the best sigma."""
    return ops.log(2 * np.pi * np.e * ops.mean((x - y) ** 2)) / 2


def _log_q(code, mean, log_var):
    return -0.5 * ((code - mean) ** 2 / np.exp(log_var) + log_var).sum(axis=1)


def _mean_by(log_weights, pictures):
    return np.tensordot(np.exp(log_weights) / np.exp(log_weights).sum(), pictures, axes=1)


def _solved(codes, *columns):
    return np.linalg.lstsq(np.column_stack(columns), codes, rcond=None)[0]


WRONG_ANSWERS = {**START, **VAE, **LATENT, **LIKELIHOOD}


def _nats(x, y, sigma):
    """-log of the normal density, one number a pixel."""
    return ((x - y) / sigma) ** 2 / 2 + np.log(sigma * np.sqrt(2 * np.pi))


def _kl_by_numpy(mean, log_var):
    return 0.5 * np.mean(np.sum(mean**2 + np.exp(log_var) - log_var - 1, axis=-1))


def _mean_in_a_loop(pictures):
    total = np.zeros(pictures.shape[1:])
    for picture in pictures:
        total += picture
    return total / len(pictures)


OTHER_RIGHT_ANSWERS = {
    "calibrated_loss": [
        lambda x, y: _pixels(x) / 2 * ops.log(2 * np.pi * np.e * ops.mean(ops.square(y - x))),
        lambda x, y: ops.mean(ops.sum(_nats(x, y, 1.0) * 0 + _pixel_nats(x, y), axis=(1, 2, 3))),
    ],
    "best_picture": [
        lambda z, m, s, x: _mean_by(_log_q(z, m, s) - np.max(_log_q(z, m, s)), x),
        lambda z, m, s, x: np.einsum("n,nhwc->hwc", special.softmax(_log_q(z, m, s)), x),
        lambda z, m, s, x: np.average(x, axis=0, weights=np.exp(_log_q(z, m, s) - _log_q(z, m, s).max())),
    ],
    "direction": [
        lambda z, a, h: _solved(z, np.ones(len(z)), a, h)[1],
        lambda z, a, h: _solved(z - z.mean(0), a - a.mean(), h - h.mean(axis=0))[0],
        lambda z, a, h: (np.linalg.pinv(np.column_stack([np.ones(len(z)), h, a])) @ z)[-1],
    ],
    "level_probabilities": [
        _by_softplus,
        lambda x, m, s: (
            ops.where(x > 0.999, 1.0, (1 + ops.tanh((x + 1 / 255 - m) / (2 * s))) / 2)
            - ops.where(x < -0.999, 0.0, (1 + ops.tanh((x - 1 / 255 - m) / (2 * s))) / 2)
        ),
    ],
    "importance_weighted_bound": [
        lambda w: ops.max(w, axis=0) + ops.log(ops.mean(ops.exp(w - ops.max(w, axis=0)), axis=0)),
        lambda w: ops.logsumexp(w - np.log(len(w)), axis=0),
    ],
    "active_units": [
        lambda m: sum(np.var(column) > 0.01 for column in m.T),
        lambda m: len([v for v in np.mean(m**2, axis=0) - np.mean(m, axis=0) ** 2 if v > 0.01]),
        lambda m: ops.sum(ops.cast(ops.var(m, axis=0) > 0.01, "int32")),
    ],
    "free_bits": [
        lambda k, n: sum(ops.maximum(ops.mean(k[:, i]), n) for i in range(k.shape[1])),
        lambda k, n: n * k.shape[1] + ops.sum(ops.relu(ops.mean(k, axis=0) - n)),
    ],
    "to_signed": [
        lambda pictures: (pictures.astype("float32") - 127.5) / 127.5,
        lambda pictures: (pictures / 255 * 2 - 1).astype("float32"),
        lambda pictures: np.float32(pictures) / 255 * 2 - 1,
        lambda pictures: ops.cast(pictures, "float32") / 127.5 - 1,
        lambda pictures: np.interp(pictures, [0, 255], [-1, 1]).astype(np.float32),
    ],
    "brighten": [
        lambda pictures, amount: np.clip(pictures + float(amount), 0, 255).astype("uint8"),
        lambda pictures, amount: np.uint8(np.maximum(0, np.minimum(255, pictures * 1.0 + amount))),
        lambda pictures, amount: ops.cast(ops.clip(ops.cast(pictures, "int32") + amount, 0, 255), "uint8"),
    ],
    "mean_picture": [
        lambda pictures: np.mean(pictures, axis=0, dtype="float32"),
        lambda pictures: ops.mean(ops.cast(pictures, "float32"), axis=0),
        lambda pictures: sum(pictures / len(pictures)),
        _mean_in_a_loop,
    ],
    "gaussian_kl": [
        lambda m, s: -0.5 * ops.mean(ops.sum(1 + s - ops.square(m) - ops.exp(s), axis=1)),
        lambda m, s: ops.sum(ops.square(m) + ops.exp(s) - s - 1.0) / (2 * m.shape[0]),
        lambda m, s: ops.mean(ops.sum((m**2 + ops.expm1(s) - s) / 2, axis=-1)),
    ],
    "reparameterise": [
        lambda m, s, e: m + e * ops.sqrt(ops.exp(s)),
        lambda m, s, e: ops.add(m, ops.multiply(ops.exp(0.5 * s), e)),
    ],
    "reconstruction_loss": [
        lambda x, y, s: ops.mean(ops.sum(_nats(x, y, s), axis=(1, 2, 3))),
        lambda x, y, s: ops.sum(_nats(x, y, s)) / x.shape[0],
        lambda x, y, s: (
            ops.sum((x - y) ** 2) / (2 * s**2 * x.shape[0])
            + np.prod(x.shape[1:]) * np.log(s * np.sqrt(2 * np.pi))
        ),
    ],
}
