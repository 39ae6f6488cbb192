"""Exercises of the lesson 03_rnn/3, completing and restoring pictures row by row."""

import numpy as np
from scipy import special

from course_lib.check.drawn import drawn, hinted, ops
from course_lib.check.kinds import tried

# ----------------------------------------------------------------------------- what lies to the left


def _moved(pictures, columns, rows=0, fill=0.0):
    """The pictures moved right by `columns` and down by `rows`, filled up."""
    height, width = pictures.shape[1:3]
    pads = (0, 0), (rows, 0), (max(columns, 0), max(-columns, 0)), (0, 0)
    start = max(-columns, 0)
    return ops.pad(pictures, pads, constant_values=fill)[:, :height, start : start + width]


def _side_by_side(places, move=_moved):
    """What stands at these places, by a function of the pictures and a place, along the last axis."""
    return lambda pictures, reach: ops.concatenate(
        [move(pictures, place) for place in places(reach)], axis=-1
    )


def _one_to(reach):
    return range(1, reach + 1)


def _uncut(pictures, place):
    return ops.pad(pictures, ((0, 0), (0, 0), (place, 0), (0, 0)))


def _shapes_of_before(got, wanted, pictures, reach):
    """What the shape of the result tells, whatever its values."""
    n, h, w, _ = pictures.shape
    return {
        (
            n,
            h,
            w,
            1,
        ): "one channel is left: put the `reach` shifted pictures side by side, along the last axis",
        (
            n,
            h,
            w + reach,
            reach,
        ): "the columns of the padding are still there: take only as many as the picture has",
        (n, h, w, reach + 1): "there is one channel too many: the pixel itself is not to its own left",
        (
            n,
            h,
            w * reach,
            1,
        ): "the shifted pictures lie side by side as columns: concatenate along the last axis",
    }.get(got.shape)


@drawn(
    answer="models.rows.before",
    tensors=True, compiled=True, tell=_shapes_of_before,
    idea="channel k of place (r, c) is the pixel (r, c - k - 1): the picture moved right by k + 1 columns, "
    "with zeros in front",
    mistakes=[
        (_side_by_side(range), "channel 0 is the pixel itself: it hears what it has to predict, and every "
         "bit counted with it is worthless; begin one place to the left"),
        (_side_by_side(lambda n: range(n, 0, -1)), "right pixels, but the farthest comes first: the nearest "
         "is channel 0"),
        (_side_by_side(lambda n: range(n - 1, -1, -1)), "the last channel is the pixel itself, and the "
         "farthest comes first: one place too far right"),
        (_side_by_side(lambda n: range(-1, -n - 1, -1)), "these are the pixels to the right, which come "
         "later: pad before the first column"),
        (_side_by_side(_one_to, lambda x, k: ops.roll(x, k, axis=2)), "it wraps around: beyond the left edge "
         "stands the end of the row, which comes later; put 0 there"),
        (_side_by_side(_one_to, lambda x, k: _moved(x, 0, k)), "these are the pixels above: rows are axis 1, "
         "columns axis 2"),
        (_side_by_side(_one_to, lambda x, k: _moved(x, k, fill=-1.0)), "beyond the edge stands -1, not 0"),
        (_side_by_side(lambda n: [1] * n), "all channels are the pixel next to it: channel k lies k + 1 "
         "places left"),
        (_side_by_side(lambda n: range(2, n + 2)), "the pixel next to it is missing: channel 0 lies one "
         "place to the left"),
        (_side_by_side(_one_to, _uncut), "the pieces have different numbers of columns, so they do not fit "
         "together: of each take as many as *this* picture has, which need not be 28"),
    ],
    right=[
        _side_by_side(_one_to),
        lambda pictures, reach: ops.stack([_moved(pictures, k)[..., 0] for k in _one_to(reach)], axis=-1),
    ],
)  # fmt: skip
def before(rng):
    """Channel k: the pixel k + 1 places to the left, 0 beyond the edge; (batch, h, w, reach)."""
    yield rng.uniform(-0.9, 0.9, (2, int(rng.integers(4, 6)), int(rng.integers(7, 9)), 1)), 3
    yield rng.uniform(-0.9, 0.9, (1, 1, 5, 1)), 2  # one row: as in painting
    narrow = "wrong for a picture that is narrower than `reach`: take all sizes from the arguments"
    yield hinted(narrow, rng.uniform(-0.9, 0.9, (3, 2, 2, 1)), 4)


# -------------------------------------------------------------------------------- bits per dimension


def _bits_per_dimension(log_p, painted):
    return -log_p[:, painted].mean() / np.log(2)


def _cost(made_of, base=2.0):
    """The cost by another mean of the nats of the painted rows, (n, rows, w), or in another base."""
    return lambda log_p, painted: made_of(-log_p[:, painted]) / np.log(base)


@drawn(
    answer=_bits_per_dimension,
    gives="float",
    idea="-(sum of log_p over the painted rows) / (pixels in them) / log 2, the mean over pictures: 8 bits "
    "where 256 levels are equally probable",
    mistakes=[
        (_cost(np.mean, np.e), "these are nats: divide by log 2"),
        (lambda p, rows: -p[:, rows].mean() * np.log(2), "one nat is 1 / log 2 = 1.44 bits: divide by log 2, "
         "not multiply"),
        (_cost(np.mean, 10), "this is in decimal digits: log 2, not log 10"),
        (_cost(lambda x: -x.mean()), "the sign is flipped: a probability below 1 has a negative logarithm, "
         "and costs bits"),
        (lambda p, rows: -p.mean() / np.log(2), "you counted the given rows, too: they were not predicted"),
        (lambda p, rows: -p[:, rows].sum() / p.size / np.log(2), "you divided by all pixels of the picture: "
         "divide by those that were predicted"),
        (_cost(np.sum), "this is the sum over everything: bits for *each* predicted pixel"),
        (_cost(lambda x: x.sum(axis=(1, 2)).mean()), "these are bits a picture: divide by its predicted "
         "pixels"),
        (_cost(lambda x: x.sum(axis=0).mean()), "you summed over the pictures: take their mean"),
        (_cost(lambda x: x.sum(axis=1).mean()), "divide by the number of rows, too: a row has many pixels, "
         "and there are many rows"),
        (_cost(lambda x: x.sum(axis=2).mean()), "these are bits a row: divide by the number of columns, too"),
        (_cost(lambda x: -np.log(np.exp(-x).mean())), "the logarithm of the mean probability is not the mean "
         "of the logarithms: average the bits"),
        (lambda p, rows: _bits_per_dimension(p, ~rows), "`painted` is true where a row was predicted: you "
         "took the others"),
        (lambda p, rows: -p[:, -rows.sum() :].mean() / np.log(2), "you took the last rows: `painted` says "
         "which ones, wherever they lie"),
        (lambda p, rows: -p[:, :, rows].mean() / np.log(2), "`painted` are rows, axis 1: you took columns"),
        (_cost(lambda x: x.mean(axis=(1, 2))), "one number a picture is left: take the mean over the "
         "pictures"),
        (_cost(lambda x: x), "one number a pixel is left: return their mean"),
    ],
    right=[
        lambda log_p, painted: -log_p[:, painted].sum() / log_p[:, painted].size * np.log2(np.e),
        lambda log_p, painted: np.mean([-np.log2(np.exp(one)).mean() for one in log_p[:, painted]]),
    ],
)  # fmt: skip
def bits_per_dimension(rng):
    """Bits a predicted pixel: minus the mean log-probability of the painted rows, over log 2."""
    for n, columns, inner in ((2, 8, [1, 1, 1, 0, 0, 0]), (5, 7, [0, 1, 1, 0])):
        painted = np.array([0, *rng.permutation(inner), 0], bool)  # neither the first rows nor the last ones
        yield _nats(rng, n, len(painted), columns), painted
    yield _nats(rng, 1, 4, 3), np.array([True, True, True, False])


def _nats(rng, *shape):
    """Log-probabilities, float32, with rows that cost different amounts."""
    return (-rng.gamma(2.0, 0.9, shape) * rng.uniform(0.5, 2, shape[1:2])[:, None]).astype("float32")


# ---------------------------------------------------------------------------- drawing from a mixture


def _running(logits):
    return np.cumsum(special.softmax(logits, axis=-1), axis=-1)


def _without_last(logits, chance):
    return (chance[:, None] >= _running(logits)).sum(axis=-1)


def _first_above(logits, chance):
    return np.minimum(_without_last(logits, chance), logits.shape[1] - 1)


def _on_levels(value):
    return np.clip(np.rint((value + 1) * 127.5) / 127.5 - 1, -1, 1)


def _drawn(pick=_first_above, scale=np.exp, noise=special.logit, finish=_on_levels):
    """A draw with another component, scale or noise, or finished otherwise."""

    def function(logits, means, log_scales, chance, place):
        every = np.arange(len(logits)), pick(logits, chance)
        return finish(means[every] + scale(log_scales[every]) * noise(place))

    return function


def _above(running):
    """The first component whose entry in a running sum exceeds `chance`; the first one if none does."""
    return lambda logits, chance: np.argmax(running(logits) > chance[:, None], axis=-1)


def _likeliest(logits, chance):
    return logits.argmax(axis=-1)


def _safe(running):
    """A running sum whose last entry is above every chance."""
    return lambda logits: np.append(running(logits)[:, :-1], np.full((len(logits), 1), 2.0), axis=1)


def _mixture(values):
    """The components' values, weighed by their shares."""
    return lambda logits, means, log_scales, chance, place: _on_levels(
        (special.softmax(logits, axis=-1) * values(means, log_scales, place[:, None])).sum(axis=-1)
    )


def _every(means, log_scales, place):
    return means + np.exp(log_scales) * special.logit(place)


def _shapes_of_draws(got, wanted, logits, *_):
    """What the shape of the result tells, whatever its values."""
    return {
        logits.shape: "one number a component is left: choose one component of each pixel",
        logits.shape[1:]: "you reduced over the pixels: axis 0 holds the pixels, axis 1 the components",
        (): "one number is left, but each pixel gets a level of its own",
    }.get(got.shape)


@drawn(
    answer="models.rows.draw_pixel",
    gives="array", tell=_shapes_of_draws,
    idea="component: the first whose running sum of softmax(logits) exceeds `chance`; value: its mean + "
    "exp(log_scale) · log(u / (1 - u)); then the nearest level, within [-1, 1]",
    mistakes=[
        (_drawn(finish=lambda x: np.clip(x, -1, 1)), "not on the 256 levels: round to the nearest one"),
        (_drawn(finish=lambda x: np.rint((x + 1) * 127.5) / 127.5 - 1), "some values lie beyond black and "
         "white: the outermost bins are open, so clip to [-1, 1]"),
        (_drawn(finish=lambda x: x), "clip to [-1, 1], and round to the nearest of the 256 levels"),
        (_drawn(finish=lambda x: np.clip(np.floor((x + 1) * 127.5) / 127.5 - 1, -1, 1)),
         "you rounded down: take the nearest level"),
        (_drawn(finish=lambda x: np.clip(np.rint(x * 127.5) / 127.5, -1, 1)), "0 is no level: black is -1, "
         "and the levels lie 2/255 apart from there, so round (x + 1) · 127.5"),
        (_mixture(_every), "you averaged the components: a mixture of black and white is not grey; choose "
         "one of them"),
        (_mixture(lambda m, s, u: m), "this is the mixture's mean: nothing is drawn"),
        (_drawn(_likeliest), "you always take the likeliest component: let `chance` decide by the shares"),
        (_drawn(_likeliest, noise=np.zeros_like), "this is the middle of the likeliest component: nothing is "
         "drawn"),
        (_drawn(noise=np.zeros_like), "this is the component's mean: add scale · log(u / (1 - u)), with u = "
         "`place`"),
        (_drawn(scale=lambda x: x), "`log_scales` are logarithms: take exp of them"),
        (_drawn(noise=lambda u: -special.logit(u)), "a `place` near 1 must lie far above the mean: log(u / "
         "(1 - u))"),
        (_drawn(noise=special.ndtri), "this is a Gaussian's: a logistic's place is log(u / (1 - u))"),
        (_drawn(noise=lambda u: u), "`place` is uniform, not logistic: take log(u / (1 - u))"),
        (lambda z, m, s, c, u: _drawn()(z, m, s, u, u), "`chance`, not `place`, decides the component"),
        (lambda z, m, s, c, u: _drawn()(z, m, s, c, c), "`place`, not `chance`, decides where in the "
         "component"),
        (_drawn(_above(_safe(lambda z: np.cumsum(np.exp(z), axis=-1)))), "the shares do not add up to 1: "
         "softmax before the running sum"),
        (_drawn(_above(lambda z: special.softmax(z, axis=-1))), "compare `chance` with the running sum of "
         "the shares, not with each share"),
        (_drawn(_above(lambda z: np.cumsum(z, axis=-1))), "these are logits: softmax makes shares of them"),
        (_drawn(_above(_safe(lambda z: np.cumsum(special.softmax(z, axis=0), axis=-1)))),
         "the shares of *one* pixel add up to 1: softmax over the components, axis -1"),
        (_drawn(_above(_running)), "where rounding keeps all sums below `chance`, argmax finds nothing and "
         "takes the *first* component: take the last one"),
        (_drawn(_without_last), "where rounding keeps all sums below `chance`, you ask for a component that "
         "is not there: take the last one"),
    ],
    right=[_drawn(), _drawn(_above(_safe(_running)))],
)  # fmt: skip
def draw_pixel(rng):
    """A component by its share, then mean + scale · logit(u), on the nearest of 256 levels."""
    for n, k in ((40, 3), (25, 5), (7, 1)):
        yield _mixtures(rng, n, k)
    logits, *rest = _mixtures(rng, 60, 4)
    rest[2][:] = np.nextafter(1.0, 0.0)  # whatever rounding makes of the sum of all shares, in float32
    yield logits.astype("float32"), *rest


def _mixtures(rng, n, k):
    """Mixtures of which some lie beyond white or black, and the two numbers that decide."""
    means = rng.uniform(-0.8, 0.8, (n, k))
    means[:4] = rng.uniform(1.2, 1.4, (4, 1)) * [[1], [-1], [1], [-1]]
    chance, place = rng.uniform(0.02, 0.98, (2, n))
    return [rng.normal(0, 1.5, (n, k)), means, rng.uniform(-4, -1.5, (n, k)), chance, place]


# ------------------------------------------------------------------------------ a painter on a budget

BUDGET = 1_500_000  # multiplications for each pixel of a picture, over all steps
MOST = 600  # steps, whatever is left of the budget
ENOUGH = 3.55  # bits for each pixel


def steps_of(setting) -> int:
    """For how many steps the budget lasts: what one pixel costs in a step is the network's weights."""
    reach, width = setting["reach"], setting["width"]
    return int(min(MOST, BUDGET // ((reach + 7) * width + width**2 + 12 * width)))


def _painted(setting, seed=0):
    """Trains a painter without memory within the budget; its bits on pictures kept from training."""
    import keras

    from course_lib import data, training
    from course_lib.models import rows

    steps, reach = steps_of(setting), int(setting["reach"])
    keras.utils.set_random_seed(seed)
    pictures = keras.Input((28, 28, 1))
    above = keras.Model(pictures, rows.row_above(pictures))  # seven pixels of the row above
    painter = rows.RowPainter(above, rows.pixel_network(reach + 7, int(setting["width"])), reach, seed=seed)
    rate = keras.optimizers.schedules.CosineDecay(setting["rate"], steps)
    each = max(number for number in range(1, 11) if steps % number == 0)
    painter.compile(keras.optimizers.Adam(rate), steps_per_execution=each)
    batches = data.Batches(data.load("fashion", "train")[0], 16, seed=seed)
    painter.fit(batches, steps_per_epoch=steps, verbose=0)
    held = data.signed(data.load("fashion", "validation")[0][:100])
    with training.outside_gradients():  # `predict` would compile anew for each setting, and warn of it
        log_p = ops.convert_to_numpy(painter(held))
    return {"bits": -float(np.mean(log_p)) / np.log(2), "steps": steps}


def _small_painter():
    return {"reach": 4, "width": 32, "rate": 0.03}


@tried(
    answer=_small_painter, measure=_painted,
    reach=tuple(range(1, 21)), width=(4, 8, 16, 32, 48, 64, 96, 128, 256), rate=[1e-5, 1],
    wanted=[
        (lambda found: found["bits"] < ENOUGH or found["steps"] > 200, "the budget was spent after few "
         "steps: a narrower network gets more of them"),
        (lambda found: found["bits"] < ENOUGH, "there were steps enough, and too little was learnt in them: "
         "look at the rate, and whether the network is too narrow or hears too little"),
    ],
    idea="three things compete for the budget: how much a pixel hears, how much is made of it, and how often "
    "it is shown; the square of the width is dearest, and short trainings want larger rates than long ones",
)  # fmt: skip
def small_painter():
    """How far a pixel hears, the width and the rate of the best painter that a budget can train."""
