"""Exercises of the lesson 03_rnn/3, completing and restoring pictures row by row."""

import numpy as np
from scipy import special

from course_lib.check.framework import array, compare, exercise, number, same, shaped, tensors
from course_lib.check.guard import Wrong

# ------------------------------------------------------------------ 3.3.1, what lies to the left


def _shifted(pictures, columns, rows=0, fill=0.0):
    """The pictures moved right by `columns` and down by `rows`, filled up."""
    moved = np.full_like(pictures, fill)
    height, width = pictures.shape[1:3]
    target = (slice(max(rows, 0), height + min(rows, 0)), slice(max(columns, 0), width + min(columns, 0)))
    source = (slice(max(-rows, 0), height - max(rows, 0)), slice(max(-columns, 0), width - max(columns, 0)))
    moved[:, target[0], target[1]] = pictures[:, source[0], source[1]]
    return moved


@exercise(answer="models.rows.before")
def before(attempt):
    """Channel k: the pixel k + 1 places to the left, 0 beyond the edge; (batch, h, w, reach)."""
    reach = 3
    pictures = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 5, 6, 1)).astype("float32")
    hints = {
        (
            2,
            5,
            6,
            1,
        ): "one channel is left: put the `reach` shifted pictures side by side, along the last axis",
        (2, 5, 9, 3): "the columns of the padding are still there: take only as many as the picture has",
        (2, 5, 6, 4): "there is one channel too many: the pixel itself is not to its own left",
        (2, 5, 18, 1): "the shifted pictures lie side by side as columns: concatenate along the last axis",
    }
    result = shaped(attempt(*tensors(pictures), reach), (2, 5, 6, 3), hints=hints)

    def stack(places, **settings):
        return np.concatenate([_shifted(pictures, place, **settings) for place in places], axis=-1)

    right = stack(range(1, reach + 1))
    mistakes = [
        (
            stack(range(reach)),
            "channel 0 is the pixel itself: it hears what it has to predict, and every bit counted with "
            "it is worthless; begin one place to the left",
        ),
        (stack(range(reach, 0, -1)), "right pixels, but the farthest comes first: the nearest is channel 0"),
        (
            stack(range(reach - 1, -1, -1)),
            "the last channel is the pixel itself, and the farthest comes first: one place too far right",
        ),
        (
            stack(range(-1, -reach - 1, -1)),
            "these are the pixels to the right, which come later: pad before the first column",
        ),
        (
            np.concatenate([np.roll(pictures, place, axis=2) for place in range(1, reach + 1)], axis=-1),
            "it wraps around: beyond the left edge stands the end of the row, which comes later; put 0 there",
        ),
        (
            np.concatenate([_shifted(pictures, 0, rows=place) for place in range(1, reach + 1)], axis=-1),
            "these are the pixels above: rows are axis 1, columns axis 2",
        ),
        (stack(range(1, reach + 1), fill=-1.0), "beyond the edge stands -1, not 0"),
        (
            np.repeat(_shifted(pictures, 1), reach, axis=-1),
            "all channels are the pixel next to it: channel k lies k + 1 places left",
        ),
        (stack(range(2, reach + 2)), "the pixel next to it is missing: channel 0 lies one place to the left"),
    ]
    compare(result, right, mistakes, "channel k of place (r, c) is the pixel (r, c - k - 1)")
    wide = array(attempt(*tensors(pictures[:1, :1, :2]), 4))
    if wide.shape != (1, 1, 2, 4) or not same(wide[..., 2:], np.zeros((1, 1, 2, 2))):
        raise Wrong("wrong for a picture that is narrower than `reach`: take all sizes from the arguments")


# ------------------------------------------------------------------- 3.3.2, bits per dimension


def _bits_per_dimension(log_p, painted):
    nats = -log_p[:, painted].sum(axis=(1, 2))
    return nats.mean() / (painted.sum() * log_p.shape[2]) / np.log(2)


@exercise(answer=_bits_per_dimension)
def bits_per_dimension(attempt):
    """Bits a predicted pixel: minus the mean log-probability of the painted rows, over log 2."""
    log_p = -np.random.default_rng(2).gamma(2.0, 0.9, (3, 6, 4)) * np.array([1, 1, 1, 1.4, 1.6, 1.9])[:, None]
    painted = np.array([False, False, False, False, True, True])
    hints = {
        (3,): "one number a picture is left: take the mean over the pictures",
        (3, 2, 4): "one number a pixel is left: return their mean",
    }
    value, own = number(attempt(log_p.astype("float32"), painted), hints=hints), -log_p[:, painted]
    right = own.mean() / np.log(2)
    mistakes = [
        (own.mean(), "these are nats: divide by log 2"),
        (own.mean() * np.log(2), "one nat is 1 / log 2 = 1.44 bits: divide by log 2, not multiply"),
        (-right, "the sign is flipped: a probability below 1 has a negative logarithm, and costs bits"),
        (-log_p.mean() / np.log(2), "you counted the given rows, too: they were not predicted"),
        (
            own.sum() / log_p.size / np.log(2),
            "you divided by all pixels of the picture: divide by those that were predicted",
        ),
        (own.sum() / np.log(2), "this is the sum over everything: bits for *each* predicted pixel"),
        (own.sum(axis=(1, 2)).mean() / np.log(2), "these are bits a picture: divide by its predicted pixels"),
        (own.sum() / own[0].size / np.log(2), "you summed over the pictures: take their mean"),
        (
            -np.log2(np.exp(-own).mean()),
            "the logarithm of the mean probability is not the mean of the logarithms: average the bits",
        ),
        (
            -log_p[:, ~painted].mean() / np.log(2),
            "`painted` is true where a row was predicted: you took the others",
        ),
        (own.mean() / np.log(10), "this is in decimal digits: log 2, not log 10"),
        (
            own.sum(axis=1).mean() / 4 / np.log(2),
            "divide by the number of rows, too: a row has many pixels, and there are many rows",
        ),
    ]
    otherwise = (
        "it is -(sum of log_p over the painted rows) / (pixels in them) / log 2, the mean over pictures"
    )
    compare(value, right, mistakes, otherwise)
    whole = number(attempt(np.full((2, 5, 3), -np.log(256), "float32"), np.full(5, True)))
    if not same(whole, 8.0):
        raise Wrong("256 levels that are equally probable must cost 8 bits a pixel, whatever the size")


# ----------------------------------------------------------------- 3.3.3, drawing from a mixture


@exercise(answer="models.rows.draw_pixel")
def draw_pixel(attempt):
    """A component by its share, then mean + scale · logit(u), on the nearest of 256 levels."""
    rng = np.random.default_rng(3)
    n, k = 40, 3
    logits, means = rng.normal(0, 1.5, (n, k)), rng.uniform(-0.8, 0.8, (n, k))
    log_scales, chance = rng.uniform(-4, -1.5, (n, k)), rng.uniform(0.05, 0.95, n)
    place = rng.uniform(0.05, 0.95, n)
    means[:4] = [[1.3] * k, [-1.4] * k, [1.2] * k, [-1.2] * k]  # beyond white and black
    hints = {
        (n, k): "one number a component is left: choose one component of each pixel",
        (k,): "you reduced over the pixels: axis 0 holds the pixels, axis 1 the components",
        (): "one number is left, but each pixel gets a level of its own",
    }
    result = shaped(attempt(logits, means, log_scales, chance, place), (n,), "one level a pixel", hints)
    every = np.arange(n)

    def draw(shares=None, scales=None, noise=None, component=None, rounding=True, clipping=True):
        shares = np.cumsum(special.softmax(logits, axis=-1), axis=-1) if shares is None else shares
        component = np.argmax(shares > chance[:, None], axis=-1) if component is None else component
        scales = np.exp(log_scales) if scales is None else scales
        noise = special.logit(place) if noise is None else noise
        level = (means[every, component] + scales[every, component] * noise + 1) * 127.5
        level = np.rint(level) if rounding else level
        return (np.clip(level, 0, 255) if clipping else level) / 127.5 - 1

    shares = special.softmax(logits, axis=-1)
    right = draw()
    levels = np.linspace(-1, 1, 256)

    def on_levels(values):
        return levels[np.abs(np.clip(values, -1, 1)[:, None] - levels).argmin(axis=1)]

    all_drawn = means + np.exp(log_scales) * special.logit(place)[:, None]
    mixed = (shares * all_drawn).sum(axis=1)
    mistakes = [
        (draw(rounding=False), "not on the 256 levels: round to the nearest one"),
        (
            draw(clipping=False),
            "some values lie beyond black and white: the outermost bins are open, so clip to [-1, 1]",
        ),
        (draw(rounding=False, clipping=False), "clip to [-1, 1], and round to the nearest of the 256 levels"),
        (
            on_levels(mixed),
            "you averaged the components: a mixture of black and white is not grey; choose one of them",
        ),
        (on_levels((shares * means).sum(axis=1)), "this is the mixture's mean: nothing is drawn"),
        (
            draw(component=logits.argmax(axis=-1)),
            "you always take the likeliest component: let `chance` decide by the shares",
        ),
        (
            draw(component=shares.argmax(axis=-1), noise=0 * place),
            "this is the middle of the likeliest component: nothing is drawn",
        ),
        (
            draw(noise=0 * place),
            "this is the component's mean: add scale · log(u / (1 - u)), with u = `place`",
        ),
        (draw(scales=log_scales), "`log_scales` are logarithms: take exp of them"),
        (draw(noise=-special.logit(place)), "a `place` near 1 must lie far above the mean: log(u / (1 - u))"),
        (draw(noise=special.ndtri(place)), "this is a Gaussian's: a logistic's place is log(u / (1 - u))"),
        (draw(noise=place), "`place` is uniform, not logistic: take log(u / (1 - u))"),
        (draw(noise=special.logit(chance)), "`place`, not `chance`, decides where in the component"),
        (
            draw(shares=np.cumsum(np.exp(logits), axis=-1)),
            "the shares do not add up to 1: softmax before the running sum",
        ),
        (draw(shares=shares), "compare `chance` with the running sum of the shares, not with each share"),
        (draw(shares=np.cumsum(logits, axis=-1)), "these are logits: softmax makes shares of them"),
    ]
    otherwise = (
        "component: the first whose running sum of softmax(logits) exceeds `chance`; value: its mean + "
        "exp(log_scale) · log(u / (1 - u)), then the nearest level, within [-1, 1]"
    )
    compare(result, right, mistakes, otherwise)
    one = array(
        attempt(logits[:1, :1], means[:1, :1] * 0, log_scales[:1, :1], chance[:1], place[:1] * 0 + 0.5)
    )
    if one.shape != (1,) or abs(one[0]) > 0.005:
        raise Wrong(
            "right for three components, wrong for one pixel with a single one: take sizes from the arrays"
        )
