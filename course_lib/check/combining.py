"""Exercises of the lesson 05_comparisons/2, combined models and shared parts."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, tensors
from course_lib.check.guard import Wrong


def _step_operations(encoder, decoder, discriminator):
    return 3 * encoder + 9 * decoder + 16 * discriminator


def _likeness(wanted, made):
    from keras import ops

    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made))
    return wanted.shape[-1] / 2 * (ops.log(variance) + np.log(2 * np.pi) + 1)


def _agreement(first, second):
    one, other = (np.concatenate([np.ravel(part) for part in parts]) for parts in (first, second))
    return one @ other / (np.linalg.norm(one) * np.linalg.norm(other))


@exercise(answer=_step_operations)
def step_operations(attempt):
    """Multiply-adds of one step of a VAE-GAN for one picture, by the rule of 1, 2 and 3."""
    sizes = 3_511, 4_573, 2_553
    result = number(attempt(*sizes))

    def total(encoder, decoder, discriminator):
        return float(np.dot((encoder, decoder, discriminator), sizes))

    thirteen = (
        "13 passes of the discriminator are too few: in the makers' move a gradient passes it from three "
        "pictures, 2 each, and in its own move it learns from three, 3 each"
    )
    mistakes = [
        (total(1, 3, 7), "these are forward passes only: what is passed counts 2, what learns counts 3"),
        (total(2, 6, 13), "what learns counts 3: forward, the gradient of its weights, that of its inputs"),
        (total(6, 18, 32), "twice too many: these are FLOPs, and a multiply-add is two of them"),
        (total(3, 3, 16), "the decoder learns from three codes: z for the likeness, z and z' for L_G"),
        (total(3, 6, 16), "the decoder learns from three codes: z counts twice, once as a constant"),
        (total(3, 9, 21), "while the makers move the discriminator does not learn: it looks (1), or a "
         "gradient passes it (2)"),
        (total(3, 9, 17), "for the wanted features the discriminator only looks: no gradient passes there"),
        (total(3, 9, 15), "the discriminator must look at x, too, for the wanted features"),
        (total(3, 9, 13), thirteen),
        (total(3, 9, 14), "for L_G the discriminator sees two pictures: that of z and that of z'"),
        (total(3, 9, 9), "in the makers' move the discriminator looks, and gradients pass it"),
        (total(3, 9, 7), "the discriminator's own move is missing: it learns from three pictures"),
        (total(0, 9, 16), "the encoder is missing: it learns from x"),
        (total(9, 9, 16), "the encoder sees one picture only: made pictures are not encoded"),
    ]  # fmt: skip
    compare(result, total(3, 9, 16), mistakes, "go through the list: 1, 2 or 3 for each picture")
    if not same(number(attempt(2, 0, 0)), 6) or not same(number(attempt(0, 0, 3)), 48):
        raise Wrong("right for one set of networks, wrong for another: use all three arguments")


@exercise(answer=_likeness)
def likeness(attempt):
    """Minus the log of a Gaussian between features, with the best sigma for the batch."""
    from course_lib.training import gradient

    rng = np.random.default_rng(1)
    wanted = rng.normal(0, 2, (6, 5)).astype("float32")
    made = (wanted + rng.normal(0.2, 0.7, (6, 5)) * np.arange(1, 6)).astype("float32")
    result = attempt(*tensors(wanted, made))
    value = number(result, "the mean is over pictures and features, so one number remains")
    squares = np.square(wanted.astype("float64") - made)
    log_variance, constant = np.log(squares.mean()), np.log(2 * np.pi) + 1
    right = 5 / 2 * (log_variance + constant)
    mistakes = [
        (-right, "the sign is flipped: this is the log of the density, and the loss is minus that"),
        (right / 5 * 128, "n is the number of features given, and need not be 128: ask their shape"),
        (right / 5, "that is for one feature: multiply with their number, for the features are independent"),
        (right * 6, "you summed over the batch: the loss is per picture"),
        (5 * (log_variance + constant), "the 1/2 is missing"),
        (5 / 2 * (log_variance / 2 + constant), "log σ² is that of the mean square, not of its root"),
        (5 / 2 * (2 * log_variance + constant), "the mean square is σ² already: do not square it again"),
        (5 / 2 * log_variance, "the constant log 2π + 1 is missing: training would not care, the unit does"),
        (5 / 2 * (log_variance + constant - 1), "the 1 is missing: with the best σ the squares add up to it"),
        (5 / 2 * (log_variance + 1), "log 2π is missing"),
        (5 / 2 * (np.log(squares.sum()) + constant), "σ² is the mean of the squares, not their sum"),
        (5 / 2 * (np.log(np.abs(wanted - made).mean()) + constant), "σ² is the mean of squares"),
        (
            0.5 * (np.log(squares.mean(axis=0)) + constant).sum(),
            "every feature got a σ of its own: one σ for all, or small features would count as much as large",
        ),
        (squares.sum(axis=1).mean() / 2, "this takes σ for 1: put in the best, the root of the mean square"),
    ]
    compare(value, right, mistakes, "the value is not n/2 (log σ² + log 2π + 1)")
    refuse_numpy(result)
    wanted, made = tensors(wanted, made)
    # Adding the argument keeps its gradient defined where it is cut off.
    to_made = np.abs(array(gradient(lambda x: attempt(wanted, x) + 0 * x[0, 0], made))).max()
    if to_made < 1e-4:
        raise Wrong("no gradient reaches what was made: only `wanted` is a constant")
    to_wanted = array(gradient(lambda x: attempt(x, made) + 0 * x[0, 0], wanted))
    if np.abs(to_wanted).max() > 1e-6:
        raise Wrong(
            "the value is right, but a gradient reaches `wanted`: it must not come to meet the others; stop "
            "its gradient"
        )


@exercise(answer=_agreement)
def agreement(attempt):
    """The cosine of the angle between two gradients that are lists of arrays."""
    rng = np.random.default_rng(3)
    shapes = ((3, 4), (4,), (4, 2))
    first = [scale * rng.normal(size=shape) for shape, scale in zip(shapes, (1, 5, 0.3), strict=True)]
    second = [scale * rng.normal(size=shape) for shape, scale in zip(shapes, (2, 1, 3), strict=True)]
    second[1] = -2 * first[1] + second[1]  # opposed
    result = number(attempt(first, second))
    dots = np.array([np.sum(a * b) for a, b in zip(first, second, strict=True)])
    squares = np.array([[np.sum(a * a) for a in parts] for parts in (first, second)])
    one, other = np.sqrt(squares)
    lengths = np.sqrt(squares.sum(axis=1))
    right = dots.sum() / lengths.prod()
    mistakes = [
        (-right, "the sign is lost or flipped: opposed gradients have a negative cosine, equal ones have 1"),
        (dots.sum(), "divide by both lengths: a cosine does not grow with the gradients"),
        (dots.sum() / lengths[0], "divide by the length of the second gradient as well"),
        (dots.sum() / lengths[1], "divide by the length of the first gradient as well"),
        (dots.sum() / np.prod(lengths**2), "a length is the root of the sum of squares"),
        (np.mean(dots / (one * other)), "you averaged one cosine for each array: all weights together are "
         "one vector, in which large gradients count for more"),
        (np.sum(dots / (one * other)), "you added up one cosine for each array: join them to one vector"),
        (dots.sum() / np.sum(one * other), "the lengths are those of the whole gradients, not added up array "
         "by array"),
        (dots[0] / (one[0] * other[0]), "only the first array counts: join them all"),
        (np.arccos(np.clip(right, -1, 1)), "this is the angle: its cosine was asked for"),
    ]  # fmt: skip
    compare(result, right, mistakes, "the value is not the cosine of the two lists, each one vector")
    if not same(number(attempt(first, [3 * part for part in first])), 1):
        raise Wrong("a gradient and three times itself point the same way: the cosine must be 1")
    small = [1e-3 * part for part in first]
    if not same(number(attempt(small, [-part for part in small])), -1):
        raise Wrong("a gradient and its opposite must give -1, however short they are")
