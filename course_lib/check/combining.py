"""Exercises of the lesson 05_comparisons/2, combined models and shared parts."""

import numpy as np

from course_lib.check.drawn import drawn, hinted, ops


def _step_operations(encoder, decoder, discriminator):
    return 3 * encoder + 9 * decoder + 16 * discriminator


def _times(*counts):
    """Each network so many times."""
    return lambda *networks: sum(count * network for count, network in zip(counts, networks, strict=True))


@drawn(
    answer=_step_operations,
    idea="go through the list: each picture that a network sees counts 1, 2 or 3, by whether it looks, is "
    "passed or learns",
    mistakes=[
        (_times(1, 3, 7), "these are forward passes only: what is passed counts 2, what learns counts 3"),
        (_times(2, 6, 13), "what learns counts 3: forward, the gradient of its weights, that of its inputs"),
        (_times(6, 18, 32), "twice too many: these are FLOPs, and a multiply-add is two of them"),
        (_times(3, 3, 16), "the decoder learns from three codes: z for the likeness, z and z' for L_G"),
        (_times(3, 6, 16), "the decoder learns from three codes: z counts twice, once as a constant"),
        (_times(3, 9, 21), "while the makers move the discriminator does not learn: it looks (1), or a "
         "gradient passes it (2)"),
        (_times(3, 9, 17), "for the wanted features the discriminator only looks: no gradient passes there"),
        (_times(3, 9, 15), "the discriminator must look at x, too, for the wanted features"),
        (_times(3, 9, 13), "13 passes of the discriminator are too few: in the makers' move a gradient "
         "passes it from three pictures, 2 each, and in its own move it learns from three, 3 each"),
        (_times(3, 9, 14), "for L_G the discriminator sees two pictures: that of z and that of z'"),
        (_times(3, 9, 9), "in the makers' move the discriminator looks, and gradients pass it"),
        (_times(3, 9, 7), "the discriminator's own move is missing: it learns from three pictures"),
        (_times(3, 9, 10), "in its own move the discriminator learns, from three pictures, 3 each: it does "
         "not only look"),
        (_times(0, 9, 16), "the encoder is missing: it learns from x"),
        (_times(9, 9, 16), "the encoder sees one picture only: made pictures are not encoded"),
        (_times(9, 3, 16), "encoder and decoder have changed places: the decoder learns from three codes"),
    ],
    right=[lambda e, g, d: 3 * (e + 3 * g) + d + 2 * d + 2 * 2 * d + 3 * 3 * d],
)  # fmt: skip
def step_operations(rng):
    """Multiply-adds of one step of a VAE-GAN for one picture, by the rule of 1, 2 and 3."""
    for order in rng.permutation(3), [0, 1, 2], [1, 2, 0], [2, 0, 1]:  # each is the largest once
        sizes = rng.integers([100_000, 4000, 1000], [200_000, 6000, 2000])
        yield tuple(sizes[order].tolist())


def _variance(wanted, made, **axes):
    return ops.mean(ops.square(ops.stop_gradient(wanted) - made), **axes)


CONSTANT = np.log(2 * np.pi) + 1


def _nats(variance, n, constant=CONSTANT):
    return n / 2 * (ops.log(variance) + constant)


def _likeness(wanted, made):
    variance = ops.mean(ops.square(ops.stop_gradient(wanted) - made))
    return wanted.shape[-1] / 2 * (ops.log(variance) + np.log(2 * np.pi) + 1)


def _features(got, wanted, target, made):
    """The right nats, of another number of features."""
    n = target.shape[-1] * got / wanted if got.shape == () else 0
    if n > 0 and abs(n - np.rint(n)) < 1e-3 * n:
        return f"this counts {n:.0f} features, and {target.shape[-1]} were given: ask their shape"
    return None


@drawn(
    answer=_likeness, tensors=True, slopes=("made",), compiled=True, tell=_features,
    # Adding the argument keeps its gradient defined where it is cut off.
    observe={"slope by `wanted`": lambda f, w, m: _gradient(lambda x: f(x, m) + 0 * x[0, 0], w)},
    idea="minus the log of the density of n independent features is n/2 (log σ² + log 2π + 1), with σ² the "
    "mean of all squared differences",
    mistakes=[
        (lambda w, m: -_nats(_variance(w, m), w.shape[-1]), "the sign is flipped: this is the log of the "
         "density, and the loss is minus that"),
        (lambda w, m: _nats(_variance(w, m), 1), "that is for one feature: multiply with their number, for "
         "the features are independent"),
        (lambda w, m: _nats(_variance(w, m), w.shape[0]), "n is the number of features, and not of pictures"),
        (lambda w, m: _nats(_variance(w, m), w.shape[-1]) * w.shape[0], "you summed over the batch: the loss "
         "is per picture"),
        (lambda w, m: 2 * _nats(_variance(w, m), w.shape[-1]), "the 1/2 is missing"),
        (lambda w, m: _nats(_variance(w, m) ** 0.5, w.shape[-1]), "log σ² is that of the mean square, not of "
         "its root"),
        (lambda w, m: _nats(_variance(w, m) ** 2, w.shape[-1]), "the mean square is σ² already: do not "
         "square it again"),
        (lambda w, m: _nats(_variance(w, m), w.shape[-1], 0), "the constant log 2π + 1 is missing: training "
         "would not care, the unit does"),
        (lambda w, m: _nats(_variance(w, m), w.shape[-1], CONSTANT - 1), "the 1 is missing: with the "
         "best σ the squares add up to it"),
        (lambda w, m: _nats(_variance(w, m), w.shape[-1], 1), "log 2π is missing"),
        (lambda w, m: _nats(ops.sum(ops.square(w - m)), w.shape[-1]), "σ² is the mean of the squares, not "
         "their sum"),
        (lambda w, m: _nats(ops.mean(ops.abs(w - m)), w.shape[-1]), "σ² is the mean of squares"),
        (lambda w, m: ops.sum(_nats(_variance(w, m, axis=0), 1)), "every feature got a σ of its own: one σ "
         "for all, or small features would count as much as large"),
        (lambda w, m: ops.mean(_nats(_variance(w, m, axis=1), w.shape[-1])), "every picture got a σ of its "
         "own: one σ for all"),
        (lambda w, m: _variance(w, m) * w.shape[-1] / 2, "this takes σ for 1: put in the best, the root of "
         "the mean square"),
        (lambda w, m: ops.square(w - m), "the mean is over pictures and features, so one number remains"),
        (lambda w, m: _nats(ops.mean(ops.square(w - m)), w.shape[-1]), "the value is right, but a gradient "
         "reaches `wanted`: it must not come to meet the others; stop its gradient"),
        (lambda w, m: _nats(_variance(w, ops.stop_gradient(m)), w.shape[-1]), "no gradient reaches what was "
         "made: only `wanted` is a constant"),
        (lambda w, m: _nats(ops.mean(ops.square(np.asarray(w) - m)), w.shape[-1]), "NumPy cannot be used in "
         "a compiled training step, not for a constant either: use ops.stop_gradient"),
    ],
    right=[
        lambda w, m: w.shape[-1] * (0.5 * ops.log(2 * np.pi * np.e * _variance(w, m))),
        lambda w, m: ops.mean(ops.sum(  # with the best σ held fast the slope is the same
            ops.square(ops.stop_gradient(w) - m) / 2 / ops.stop_gradient(_variance(w, m))
            + ops.log(2 * np.pi * _variance(w, ops.stop_gradient(m))) / 2, axis=-1)),
    ],
)  # fmt: skip
def likeness(rng):
    """Minus the log of a Gaussian between features, with the best sigma for the batch."""
    for batch, n, variance in ((6, 5, 0.5), (3, 7, 12.0), (4, 1, 0.002)):
        wanted = rng.normal(0, 2, (batch, n))
        gap = rng.normal(0.2, 0.7, (batch, n)) * np.arange(1, n + 1) * np.arange(1, batch + 1)[:, None]
        yield wanted, wanted + gap * np.sqrt(variance / np.mean(gap**2))


def _gradient(function, x):
    from course_lib.training import gradient

    return gradient(function, x)


def _agreement(first, second):
    one, other = (np.concatenate([np.ravel(part) for part in parts]) for parts in (first, second))
    return one @ other / (np.linalg.norm(one) * np.linalg.norm(other))


def _joined(function):
    """A function of both gradients, each one vector."""
    return lambda *both: function(*(np.concatenate([np.ravel(part) for part in parts]) for parts in both))


def _each(function):
    """A function of the lists of cosines, and of the lengths, of each array."""

    def answer(first, second):
        pairs = [(np.ravel(a), np.ravel(b)) for a, b in zip(first, second, strict=True)]
        lengths = [np.linalg.norm(a) * np.linalg.norm(b) for a, b in pairs]
        return function(np.array([a @ b for a, b in pairs]), np.array(lengths))

    return answer


def _cosine(a, b):
    return a @ b / np.sqrt(a @ a * (b @ b))


@drawn(
    answer=_agreement, gives="float",
    idea="all weights together are one vector for each gradient: their product, over both lengths",
    mistakes=[
        (_joined(lambda a, b: abs(_cosine(a, b))), "the sign is lost: opposed gradients have a negative "
         "cosine"),
        (_joined(lambda a, b: -_cosine(a, b)), "the sign is flipped: equal gradients have a cosine of 1"),
        (_joined(lambda a, b: 1 - _cosine(a, b)), "this is 1 minus the cosine, a distance: equal gradients "
         "shall give 1"),
        (_joined(lambda a, b: a @ b), "divide by both lengths: a cosine does not grow with the gradients"),
        (_joined(lambda a, b: a @ b / np.linalg.norm(a)), "divide by the length of the second gradient as "
         "well"),
        (_joined(lambda a, b: a @ b / np.linalg.norm(b)), "divide by the length of the first gradient as "
         "well"),
        (_joined(lambda a, b: a @ b / (a @ a * (b @ b))), "a length is the root of the sum of squares"),
        (_joined(lambda a, b: _cosine(a - a.mean(), b - b.mean())), "you took the means away: that is a "
         "correlation, and a gradient's mean is part of its direction"),
        (_joined(lambda a, b: a @ b / (np.sqrt(a @ a * (b @ b)) + 1e-3)), "what is added to the lengths "
         "spoils short gradients: divide by their product alone"),
        (_joined(lambda a, b: np.arccos(np.clip(_cosine(a, b), -1, 1))), "this is the angle: its cosine was "
         "asked for"),
        (_each(lambda dots, lengths: np.mean(dots / lengths)), "you averaged one cosine for each array: all "
         "weights together are one vector, in which large gradients count for more"),
        (_each(lambda dots, lengths: np.sum(dots / lengths)), "you added up one cosine for each array: join "
         "them to one vector"),
        (_each(lambda dots, lengths: dots.sum() / lengths.sum()), "the lengths are those of the whole "
         "gradients, not added up array by array"),
        (_each(lambda dots, lengths: dots[0] / lengths[0]), "only the first array counts: join them all"),
        (_each(lambda dots, lengths: dots / lengths), "this is one cosine for each array: all weights "
         "together are one vector"),
    ],
    right=[
        lambda first, second: sum(np.sum(a * b) for a, b in zip(first, second, strict=True))
        / (sum(np.sum(a**2) for a in first) * sum(np.sum(b**2) for b in second)) ** 0.5,
        _joined(_cosine),
    ],
)  # fmt: skip
def agreement(rng):
    """The cosine of the angle between two gradients that are lists of arrays."""
    for shapes in ((3, 4), (4,), (4, 2)), ((3, 3, 1, 2), (2,)):
        first = tuple(rng.uniform(0.1, 5) * rng.normal(0.3, 1, shape) for shape in shapes)
        mixed = tuple(rng.normal(0.3, 1, shape) for shape in shapes)
        yield first, (mixed[0] + first[0], *(b - 2 * a for a, b in zip(first[1:], mixed[1:], strict=True)))
    short = tuple(1e-3 * part for part in first)
    yield hinted(
        "a gradient and three times itself point the same way: 1", first, tuple(3 * a for a in first)
    )
    yield hinted("a gradient and its opposite give -1, however short", short, tuple(-a for a in short))
