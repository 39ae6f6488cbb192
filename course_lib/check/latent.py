"""Exercises of the lesson 02_vae/2, the latent space."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _calibrated_loss(pictures, decoded):
    sigma = ops.sqrt(ops.mean(ops.square(pictures - decoded)))
    pixels = np.prod(pictures.shape[1:])
    return pixels * (ops.log(sigma) + (1 + np.log(2 * np.pi)) / 2)


REST = (1 + np.log(2 * np.pi)) / 2


def _at_best(loss, mean_square=lambda x, y: ops.mean((x - y) ** 2)):
    """A function of the pixels of a picture and log sigma, where sigma² is this mean square."""
    return lambda x, y: loss(np.prod(x.shape[1:]), ops.log(mean_square(x, y)) / 2)


def _each(x, y):
    return ops.mean((x - y) ** 2, axis=(1, 2, 3))


def _counted(pixels):
    """The loss with another number for P, from the shape of the batch."""
    return lambda x, y: pixels(*x.shape) * (ops.log(ops.mean((x - y) ** 2)) / 2 + REST)


@drawn(
    answer=_calibrated_loss,
    tensors=True, slopes=("decoded",), compiled=True,
    idea="sigma² is the mean of all squares of the batch; every one of a picture's P numbers then brings "
    "log sigma + (1 + log 2π) / 2",
    mistakes=[
        (_counted(lambda n, h, w, c: 1.0),
         "this is the loss of one pixel: a picture has height · width · channels of them"),
        (_counted(lambda n, h, w, c: n * h * w * c),
         "you counted the pixels of the whole batch: P is the number in one picture, the shape without its "
         "first axis"),
        (_counted(lambda n, h, w, c: h * w),
         "P counts the channels as well: height · width · channels numbers of a picture are predicted"),
        (_counted(lambda n, h, w, c: n * h * w),
         "P is height · width · channels: the batch does not belong to it, and the channels do"),
        (_at_best(lambda pixels, log: -pixels * (log + REST)),
         "the sign is flipped: this is log p, and a loss is -log p"),
        (_at_best(lambda pixels, log: pixels * (2 * log + REST)),
         "the mean square is sigma²: log sigma is half its logarithm"),
        (_at_best(lambda pixels, log: pixels * (log / 2 + REST)),
         "sigma is the root of the mean square: you took a root, or a half, twice"),
        (_at_best(lambda pixels, log: pixels * log),
         "(1 + log 2π) / 2 is missing: without it this is no log-density"),
        (_at_best(lambda pixels, log: pixels * (log + REST - 0.5)),
         "the squares are missing: at the best sigma they add 1/2 a pixel"),
        (_at_best(lambda pixels, log: pixels * (log + 2 * REST)), "the constant is half of what you have"),
        (_at_best(lambda pixels, log: pixels * log + REST),
         "the constant is there once: every pixel brings it"),
        (_at_best(lambda pixels, log: pixels * ops.mean(log + REST), _each),
         "you gave every picture a sigma of its own: average the squares over the batch as well"),
        (_at_best(lambda pixels, log: pixels * (log + REST), _each),
         "one number a picture is left: there is one sigma for all of the batch, so take the mean of the "
         "squares over everything"),
        (_at_best(lambda pixels, log: pixels * (log + REST), lambda x, y: ops.mean(ops.abs(x - y)) ** 2),
         "you averaged the absolute errors: sigma² is the mean of the squares"),
        (_at_best(lambda pixels, log: pixels * (log + REST), lambda x, y: ops.sum((x - y) ** 2) / x.shape[0]),
         "you summed the squares over the pixels: sigma² is their mean"),
        (lambda x, y: ops.mean((x - y) ** 2), "this is the mean squared error: its logarithm is wanted"),
        (lambda x, y: _calibrated_loss(x, ops.stop_gradient(y)),
         "the value is right, but no gradient reaches the decoder: sigma must follow the pictures, without "
         "stop_gradient"),
    ],
    right=[
        lambda x, y: np.prod(x.shape[1:]) / 2 * ops.log(2 * np.pi * np.e * ops.mean(ops.square(y - x))),
        _at_best(lambda pixels, log: pixels * (log + REST)),
    ],
)  # fmt: skip
def calibrated_loss(rng):
    """-log p(pictures | codes) at the sigma that makes it smallest, the mean over the batch."""
    for shape, size in (((int(rng.integers(2, 5)), 6, 5, 3), 1.0), ((5, 3, 8, 2), 0.05)):
        pictures, noise = rng.uniform(-1, 1, (2, *shape))
        nearer = np.geomspace(0.3, 1, shape[0])[:, None, None, None]  # some are decoded better than others
        yield pictures, pictures + size * nearer * noise


def _best_picture(code, mean, log_var, pictures):
    log_q = -0.5 * np.sum((code - mean) ** 2 / np.exp(log_var) + log_var, axis=1)
    share = np.exp(log_q - log_q.max())
    return np.tensordot(share / share.sum(), pictures, axes=1)


def _log_q(z, m, s):
    return -((z - m) ** 2 / np.exp(s) + s).sum(axis=1) / 2


def _mixed(log_q):
    """The mean with these logarithms of weights, from code, mean and log_var."""

    def function(z, m, s, x):
        logs = log_q(z, m, s)
        share = np.exp(logs - logs.max())
        return np.tensordot(share / share.sum(), x, axes=1)

    return function


UNDIVIDED = "divide by the sum of the weights, or they do not add up to 1"


@drawn(
    answer=_best_picture,
    idea="it is a mean of the pictures with weights q(code | picture) that are divided by their sum, so that "
    "they add up to 1",
    mistakes=[
        (lambda z, m, s, x: x.mean(axis=0),
         "this is the mean of all pictures: weigh them by how likely the code is"),
        (lambda z, m, s, x: np.tensordot(np.exp(_log_q(z, m, s)), x, axes=1), UNDIVIDED),
        (lambda z, m, s, x: np.tensordot(np.exp(_log_q(z, m, s)) / (2 * np.pi) ** (len(z) / 2), x, axes=1),
         UNDIVIDED + " (the 2π then cancels)"),
        (lambda z, m, s, x: x[np.argmax(_log_q(z, m, s))],
         "this is the likeliest picture alone, and not the mean of all"),
        (lambda z, m, s, x: np.tensordot(_log_q(z, m, s) / _log_q(z, m, s).sum(), x, axes=1),
         "you weighed by log q: take its exponential"),
        (_mixed(lambda z, m, s: -((z - m) ** 2 / np.exp(s)).sum(axis=1) / 2),
         "log_var is missing in log q: a wide cloud is thinner, and counts less at each place"),
        (_mixed(lambda z, m, s: 2 * _log_q(z, m, s)), "the factor 1/2 in log q is missing"),
        (_mixed(lambda z, m, s: -_log_q(z, m, s)), "the sign of log q is wrong: far away means unlikely"),
        (_mixed(lambda z, m, s: -((z - m) ** 2 / np.exp(s / 2) + s).sum(axis=1) / 2),
         "divide the square by the variance, exp(log_var), not by the standard deviation"),
        (_mixed(lambda z, m, s: -((z - m) ** 2 / s + s).sum(axis=1) / 2),
         "log_var was taken for the variance: that is exp(log_var)"),
        (_mixed(lambda z, m, s: _log_q(z, m, s) / len(z)),
         "the log-density of a code is the sum over its latents, not their mean"),
        (_mixed(lambda z, m, s: -((z - m) / np.exp(s) + s).sum(axis=1) / 2),
         "the difference must be squared"),
        (lambda z, m, s, x: np.exp(_log_q(z, m, s)) / np.exp(_log_q(z, m, s)).sum(),
         "these are the weights of the pictures: return their weighted mean, one picture"),
        (lambda z, m, s, x: np.tensordot(np.exp(_log_q(z, m, s)) / np.exp(_log_q(z, m, s)).sum(), x, axes=1),
         "far from all pictures every q is 0 in floating point, and 0/0 is NaN: subtract the largest log q "
         "before the exponential"),
    ],
    right=[
        lambda z, m, s, x: np.average(x, axis=0, weights=np.exp(_log_q(z, m, s) - _log_q(z, m, s).max())),
        lambda z, m, s, x: np.einsum("n,nhwc->hwc", np.asarray(ops.softmax(_log_q(z, m, s))), x),
    ],
)  # fmt: skip
def best_picture(rng):
    """What the best decoder paints at one code: the mean of the pictures that share it."""
    mean, log_var = rng.normal(0, 0.8, (6, 3)), rng.uniform(-1.5, 1.0, (6, 3))
    pictures, code = rng.uniform(-1, 1, (6, 3, 4, 2)), rng.normal(0, 0.4, 3)
    yield code, mean, log_var, pictures
    yield code[:2], mean[:4, :2], log_var[:4, :2], pictures[:4, :, :2, :1]
    yield hinted(
        "far from all pictures the weights must add up to 1 as well: subtract the largest log q before the "
        "exponential, and add nothing to their sum",
        code + 400, mean, np.full_like(log_var, -1.0), pictures,
    )  # fmt: skip


def _direction(codes, attribute, held):
    columns = np.column_stack([attribute, held, np.ones(len(codes))])
    return np.linalg.lstsq(columns, codes, rcond=None)[0][0]


def _solved(target, *columns):
    return np.linalg.lstsq(np.column_stack(columns), target, rcond=None)[0]


def _full(z, a, h):
    return _solved(z, a, h, np.ones(len(z)))


@drawn(
    answer=_direction,
    gives="array",
    idea="explain the codes by three things at once: the attribute, the held columns and a column of ones; "
    "the attribute's row of the least-squares solution is the direction",
    mistakes=[
        (lambda z, a, h: _solved(z, a, np.ones(len(z)))[0],
         "this is the difference of the means: the held columns are missing from the regression"),
        (lambda z, a, h: -_solved(z, a, np.ones(len(z)))[0],
         "this is minus the difference of the means, and the held columns are missing"),
        (lambda z, a, h: _solved(z, a, h)[0],
         "the column of ones is missing: the line need not pass through 0"),
        (lambda z, a, h: _solved(z, a)[0],
         "only the attribute is in the regression: add held, and a column of ones"),
        (_full, "you returned all coefficients: return the row of the attribute, one number a latent"),
        (lambda z, a, h: _full(z, a, h)[:1], "take one row, `[0]`: a direction has the shape (latents,)"),
        (lambda z, a, h: _full(z, a, h)[1],
         "this is the coefficient of the first held column: return the attribute's"),
        (lambda z, a, h: _full(z, a, h)[-1],
         "this is the coefficient of the ones, the mean code: return the attribute's"),
        (lambda z, a, h: _full(z, a, h)[0] / np.linalg.norm(_full(z, a, h)[0]),
         "you made its length 1: then one step is no unit any more"),
        (lambda z, a, h: _solved(a, z, h, np.ones(len(z)))[: z.shape[1]],
         "you explained the attribute by the codes: it is the codes that are to be explained"),
        (lambda z, a, h: _solved(a, z, np.ones(len(z)))[: z.shape[1]],
         "you explained the attribute by the codes: exchange the two, and add held"),
        (lambda z, a, h: -_full(z, a, h)[0], "the sign is flipped"),
    ],
    right=[
        lambda z, a, h: _solved(z, np.ones(len(z)), a, h)[1],
        lambda z, a, h: _solved(z - z.mean(0), a - a.mean(), h - h.mean(axis=0))[0],
        lambda z, a, h: (np.linalg.pinv(np.column_stack([np.ones(len(z)), h, a])) @ z)[-1],
        lambda z, a, h: _full(z, a, h)[0].tolist(),
    ],
)  # fmt: skip
def direction(rng):
    """The change of a code for one unit of an attribute, while others are held."""

    def codes(attribute, held, latents):
        wanted, drag = rng.normal(size=(1, latents)), rng.normal(size=(held.shape[1], latents))
        noise = rng.normal(0, 0.05, (len(held), latents))
        return 2 + attribute[:, None] * wanted + held @ drag + noise, attribute, held

    for n, k, latents in ((int(rng.integers(40, 60)), 2, 4), (30, 1, 3)):
        held = rng.normal(0.5, 1, (n, k))
        goes_along = (held[:, 0] + rng.normal(0, 0.8, n) > 0.5).astype(float)
        yield codes(goes_along, held, latents)
    no_inverse = (
        "columns of zeros, or of a one-hot code beside the ones, leave no inverse: use np.linalg.lstsq"
    )
    kinds = np.eye(3)[rng.permutation(np.arange(30) % 3)]
    yield hinted(no_inverse, *codes(kinds[:, 0] + rng.normal(size=30), kinds, 5))
    yield hinted(no_inverse, *codes(rng.normal(size=20), np.zeros((20, 1)), 2))
