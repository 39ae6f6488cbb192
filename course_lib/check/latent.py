"""Exercises of lesson 02_vae/2, the latent space."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, shaped, tensors
from course_lib.check.guard import Wrong


def _calibrated_loss(pictures, decoded):
    from keras import ops

    sigma = ops.sqrt(ops.mean(ops.square(pictures - decoded)))
    pixels = np.prod(pictures.shape[1:])
    return pixels * (ops.log(sigma) + (1 + np.log(2 * np.pi)) / 2)


def _best_picture(code, mean, log_var, pictures):
    log_q = -0.5 * np.sum((code - mean) ** 2 / np.exp(log_var) + log_var, axis=1)
    share = np.exp(log_q - log_q.max())
    return np.tensordot(share / share.sum(), pictures, axes=1)


def _direction(codes, attribute, held):
    columns = np.column_stack([attribute, held, np.ones(len(codes))])
    return np.linalg.lstsq(columns, codes, rcond=None)[0][0]


@exercise(answer=_calibrated_loss)
def calibrated_loss(attempt):
    """-log p(pictures | codes) at the sigma that makes it smallest, the mean over the batch."""
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-1, 1, (2, 3, 5, 4, 2)).astype("float32")
    y[0] = 0.9 * x[0] + 0.1 * y[0]  # one picture is decoded better than the others
    pixels, batch = 40, 3
    result = attempt(*tensors(x, y))
    each_its_own = (
        "one number a picture is left: there is one sigma for all of the batch, so take the mean of the "
        "squares over everything"
    )
    value = number(result, hints={(batch,): each_its_own})
    squares = (x.astype("float64") - y) ** 2
    log_sigma = np.log(squares.mean()) / 2
    rest = (1 + np.log(2 * np.pi)) / 2
    right = pixels * (log_sigma + rest)
    each = np.log(squares.mean(axis=(1, 2, 3))) / 2
    mistakes = [
        (log_sigma + rest, "this is the loss of one pixel: a picture has h · w · c of them"),
        (right * batch, "you summed over the batch: take the mean over the pictures"),
        (-right, "the sign is flipped: this is log p, and a loss is -log p"),
        (pixels * (2 * log_sigma + rest), "the mean square is sigma²: log sigma is half its logarithm"),
        (pixels * log_sigma, "(1 + log 2π) / 2 is missing: without it this is no log-density"),
        (
            pixels * (log_sigma + np.log(2 * np.pi) / 2),
            "the squares are missing: at the best sigma they add 1/2 a pixel",
        ),
        (pixels * (log_sigma + 1 + np.log(2 * np.pi)), "the constant is half of what you have"),
        (
            pixels * (each.mean() + rest),
            "you gave every picture a sigma of its own: average the squares over the batch as well",
        ),
        (
            pixels * (np.log(np.abs(x - y).mean()) + rest),
            "you averaged the absolute errors: sigma² is the mean of the squares",
        ),
        (squares.mean(), "this is the mean squared error: its logarithm is wanted"),
        (
            pixels * (np.log(squares.sum(axis=(1, 2, 3)).mean()) / 2 + rest),
            "you summed the squares over the pixels: sigma² is their mean",
        ),
    ]
    compare(value, right, mistakes, "the value is not pixels · (log sigma + (1 + log 2π) / 2)")
    refuse_numpy(result)
    other = 2 * 3 * (np.log(((x[:2, :2, :3, :1] - y[:2, :2, :3, :1]) ** 2).mean()) / 2 + rest)
    if not same(number(attempt(*tensors(x[:2, :2, :3, :1], y[:2, :2, :3, :1]))), other):
        raise Wrong("right for one shape, wrong for others: count the pixels of the argument")


@exercise(answer=_best_picture)
def best_picture(attempt):
    """What the best decoder paints at one code: the mean of the pictures that share it."""
    rng = np.random.default_rng(8)
    pictures = rng.uniform(-1, 1, (5, 3, 4, 2))
    mean, log_var = rng.normal(0, 0.8, (5, 3)), rng.uniform(-1.5, 1.0, (5, 3))
    code = np.array([0.3, -0.4, 0.2])
    hints = {(5,): "these are the weights of the pictures: return their weighted mean, one picture"}
    result = attempt(code.copy(), mean.copy(), log_var.copy(), pictures.copy())
    values = shaped(result, (3, 4, 2), "one picture", hints)

    def mixed(log_q, divide=True):
        share = np.exp(log_q)
        return np.tensordot(share / (share.sum() if divide else 1), pictures, axes=1)

    distance, variance = (code - mean) ** 2, np.exp(log_var)
    log_q = -0.5 * (distance / variance + log_var).sum(axis=1)
    right = mixed(log_q)
    mistakes = [
        (pictures.mean(axis=0), "this is the mean of all pictures: weigh them by how likely the code is"),
        (mixed(log_q, divide=False), "divide by the sum of the weights, or they do not add up to 1"),
        (
            mixed(log_q, divide=False) / (2 * np.pi) ** 1.5,
            "divide by the sum of the weights, or they do not add up to 1 (the 2π then cancels)",
        ),
        (pictures[np.argmax(log_q)], "this is the likeliest picture alone, and not the mean of all"),
        (np.tensordot(log_q / log_q.sum(), pictures, axes=1), "you weighed by log q: take its exponential"),
        (
            mixed(-0.5 * (distance / variance).sum(axis=1)),
            "log_var is missing in log q: a wide cloud is thinner, and counts less at each place",
        ),
        (mixed(-(distance / variance + log_var).sum(axis=1)), "the factor 1/2 in log q is missing"),
        (mixed(-log_q), "the sign of log q is wrong: far away means unlikely"),
        (
            mixed(-0.5 * (distance / np.exp(log_var / 2) + log_var).sum(axis=1)),
            "divide the square by the variance, exp(log_var), not by the standard deviation",
        ),
        (
            mixed(-0.5 * (distance / variance + log_var).mean(axis=1)),
            "the log-density of a code is the sum over its latents, not their mean",
        ),
        (mixed(-0.5 * ((code - mean) / variance + log_var).sum(axis=1)), "the difference must be squared"),
    ]
    compare(values, right, mistakes, "the value is not the mean with weights q(code | picture)")
    far = array(attempt(code + 60.0, mean.copy(), np.full_like(log_var, -1.0), pictures.copy()))
    if not np.isfinite(far).all():
        raise Wrong(
            "far from all pictures every q is 0 in floating point, and 0/0 is NaN: subtract the largest "
            "log q before the exponential"
        )
    if far.shape != (3, 4, 2) or np.abs(far).max() > 1:
        raise Wrong("a mean of pictures in [-1, 1] cannot leave that range: the weights must add up to 1")


@exercise(answer=_direction)
def direction(attempt):
    """The change of a code for one unit of an attribute, while others are held."""
    rng = np.random.default_rng(9)
    held = rng.normal(0.5, 1, (60, 2))
    attribute = (held[:, 0] + rng.normal(0, 0.8, 60) > 0.5).astype(float)  # it goes with the held
    wanted, drag = rng.normal(size=(1, 4)), rng.normal(size=(2, 4))
    codes = 2 + attribute[:, None] * wanted + held @ drag + rng.normal(0, 0.05, (60, 4))
    ones = np.ones(60)

    def solved(*columns, target=codes):
        return np.linalg.lstsq(np.column_stack(columns), target, rcond=None)[0]

    full = solved(attribute, held, ones)  # (4, 4): a row a column
    hints = {(4, 4): "you returned all coefficients: return the row of the attribute, one number a latent"}
    result = attempt(codes.copy(), attribute.copy(), held.copy())
    values = shaped(result, (4,), "take one row, for a direction has one number a latent", hints)
    right = full[0]
    naive = solved(attribute, ones)[0]
    mistakes = [
        (naive, "this is the difference of the means: the held columns are missing from the regression"),
        (-naive, "this is minus the difference of the means, and the held columns are missing"),
        (solved(attribute, held)[0], "the column of ones is missing: the line need not pass through 0"),
        (solved(attribute)[0], "only the attribute is in the regression: add held, and a column of ones"),
        (full[1], "this is the coefficient of the first held column: return the attribute's"),
        (full[-1], "this is the coefficient of the ones, the mean code: return the attribute's"),
        (right / np.linalg.norm(right), "you made its length 1: then one step is no unit any more"),
        (
            solved(codes, held, ones, target=attribute)[:4],
            "you explained the attribute by the codes: it is the codes that are to be explained",
        ),
        (
            solved(codes, ones, target=attribute)[:4],
            "you explained the attribute by the codes: exchange the two, and add held",
        ),
        (-right, "the sign is flipped"),
    ]
    compare(values, right, mistakes, "the value is not the attribute's row of the least-squares solution")
    single = held[:, :1]
    expected = solved(attribute, single, ones, target=codes[:, :3])[0]
    if not same(array(attempt(codes[:, :3].copy(), attribute.copy(), single.copy())), expected):
        raise Wrong("right for two held columns and four latents, wrong for one and three")
