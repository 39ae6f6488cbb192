"""Exercises of lesson 04_cnn/5, style transfer."""

from course_lib.check.drawn import drawn, ops
from course_lib.check.kinds import bet


def _flat(maps):
    return ops.reshape(maps, (maps.shape[0], -1, maps.shape[-1]))


def _products(flat):
    """The sums over the positions of the products of every two channels, (n, c, c)."""
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)


def _gram(maps, divide=lambda n, h, w, c: h * w, change=_flat):
    """Sums of products, divided by a number made of the sizes."""
    return _products(change(maps)) / divide(*maps.shape)


def _scrambled(maps):
    """What becomes of maps whose axes a reshape was to move, (n, h·w, c)."""
    return ops.transpose(ops.reshape(maps, (maps.shape[0], maps.shape[-1], -1)), (0, 2, 1))


def _centred(maps):
    return _flat(maps) - ops.mean(_flat(maps), axis=1, keepdims=True)


@drawn(
    answer="models.style.gram", tensors=True, slopes=("maps",),
    idea="lay the places of each picture in a row, (n, h·w, c): its transpose, (n, c, h·w), times it sums "
    "the products of every two channels over the places; then divide by how many places there are",
    mistakes=[
        (lambda maps: _gram(maps, lambda n, h, w, c: 1),
         "you took the sum over the positions: take their mean, or a larger picture has another style"),
        (lambda maps: _gram(maps, lambda n, h, w, c: h * w * c),
         "you divided by the channels too: divide by the number of positions, h·w"),
        (lambda maps: _gram(maps, lambda n, h, w, c: c),
         "you divided by the number of channels: divide by the number of positions, h·w"),
        (lambda maps: _gram(maps, lambda n, h, w, c: h),
         "you divided by the height alone: there are h·w positions"),
        (lambda maps: _gram(maps, lambda n, h, w, c: w),
         "you divided by the width alone: there are h·w positions"),
        (lambda maps: _gram(maps, lambda n, h, w, c: n * h * w),
         "you divided by the pictures too: each matrix is a mean over h·w positions"),
        (lambda maps: _gram(maps, change=_scrambled),
         "reshape does not move axes: with (n, c, h·w) it mixes channels and positions; reshape to "
         "(n, h·w, c), then transpose"),
        (lambda maps: _products(_scrambled(maps)),
         "reshape does not move axes: with (n, c, h·w) it mixes channels and positions, and the division "
         "is missing"),
        (lambda maps: _gram(maps, change=_centred),
         "you subtracted the means: that is the covariance, another choice of style"),
        (lambda maps: ops.abs(_gram(maps)),
         "the entries have signs: below 0 are two channels that exclude each other"),
        (lambda maps: ops.mean(_gram(maps), axis=0),
         "all pictures went into one matrix: each has its own, so keep the batch axis"),
        (lambda maps: ops.matmul(_flat(maps), ops.transpose(_flat(maps), (0, 2, 1))) / _flat(maps).shape[1],
         "you multiplied positions with positions: sum over the positions, and keep channels"),
        (lambda maps: ops.mean(_flat(maps) ** 2, axis=1),
         "these are the channels' own squares: every channel is multiplied with every other"),
    ],
    right=[
        lambda maps: ops.einsum("nhwi,nhwj->nij", maps, maps) / (maps.shape[1] * maps.shape[2]),
        lambda maps: ops.mean(maps[..., :, None] * maps[..., None, :], axis=(1, 2)),
    ],
)  # fmt: skip
def gram(rng):
    """The Gram matrix of each picture's feature map: `(n, h, w, c)` to `(n, c, c)`, a mean over positions."""
    means = [1.0, -1.0, 0.5, 0.0]  # the first two exclude each other
    yield (rng.normal(means, 0.7, (2, 3, 5, 4)),)
    yield (100 * rng.normal(means[:3], 0.7, (1, 4, 2, 3)),)
    yield (rng.normal(means[:2], 0.7, (3, 1, 4, 2)),)


def _adain(content, style):
    mean, variance = ops.moments(content, axes=(1, 2), keepdims=True)
    style_mean, style_variance = ops.moments(style, axes=(1, 2), keepdims=True)
    return (content - mean) * ops.sqrt(style_variance / (variance + 1e-5)) + style_mean


def _told(formula, axes=(1, 2)):
    """A formula of content and of the means and spreads over these axes."""

    def function(content, style):
        cm, cs, sm, ss = (
            told(x, axis=axes, keepdims=True) for x in (content, style) for told in (ops.mean, ops.std)
        )
        return formula(content, cm, cs, sm, ss)

    return function


@drawn(
    answer=_adain, tensors=True,
    observe={
        "where a channel of content is the same everywhere": lambda f, content, style: f(
            ops.zeros_like(content) + 0.5, style
        ),
        # What is added against a division by 0 may change these numbers a little, so they are not compared.
        "the style's spread (1 is nearly) where the content's is small": lambda f, content, style: (
            ops.std(f(1e-3 * content, style), axis=(1, 2)) > 0.7 * ops.std(style, axis=(1, 2))
        ),
    },
    idea="take each channel's mean away and divide by its spread, which leaves mean 0 and spread 1; then "
    "multiply by the style's spread and add the style's mean",
    mistakes=[
        (_told(lambda c, cm, cs, sm, ss: c - cm + sm),
         "the means fit, the spread is still the content's: divide by its standard deviation and multiply "
         "by the style's"),
        (_told(lambda c, cm, cs, sm, ss: c / cs * ss),
         "the means are missing: subtract the content's first, add the style's last"),
        (_told(lambda c, cm, cs, sm, ss: c / cs * ss + sm),
         "the content's mean was not subtracted before scaling"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs * ss), "the style's mean was not added"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs * ss + cm),
         "you added the content's mean again: add the style's"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs),
         "this is instance normalisation: the style's spread and mean are still to come"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) * cs / ss + sm),
         "the quotient is upside down: divide by the content's spread"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs**2 * ss**2 + sm),
         "you scaled by variances: take their roots"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs * ss + sm, axes=(0, 1, 2)),
         "mean and spread are over the batch: each picture has its own"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs * ss + sm, axes=(1, 2, 3)),
         "mean and spread are over the channels too: each channel has its own"),
        (lambda content, style: _adain(style, content),
         "content and style changed places: the result has the content's positions"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / cs * ss + sm),
         "a content of one colour has the spread 0, and gives NaN: add a small number, as 1e-5"),
        (_told(lambda c, cm, cs, sm, ss: ops.where(cs < 1e-6, c, (c - cm) / (cs + 1e-9) * ss + sm)),
         "a channel that is the same everywhere keeps its own mean: the style's is asked for there, too"),
        (_told(lambda c, cm, cs, sm, ss: (c - cm) / ops.maximum(cs, 0.1) * ss + sm),
         "what keeps off a division by 0 is no small number beside a channel's spread: 1e-5 is enough"),
    ],
    right=[
        _told(lambda c, cm, cs, sm, ss: (c - cm) / (cs + 1e-5) * ss + sm),
        _told(lambda c, cm, cs, sm, ss: (c - cm) / (cs + 1e-2) * ss + sm),
        _told(lambda c, cm, cs, sm, ss: (c - cm) / ops.sqrt(cs**2 + 1e-3) * ss + sm),
        _told(lambda c, cm, cs, sm, ss: ops.where(cs > 0, (c - cm) / ops.maximum(cs, 1e-7) * ss, 0) + sm),
    ],
)  # fmt: skip
def adain(rng):
    """Content with the mean and the standard deviation of each channel of style."""
    for content, style in (((2, 5, 4, 3), (2, 6, 7, 3)), ((1, 3, 6, 2), (1, 4, 3, 2))):
        content = _spread(rng, content, rng.uniform(-100, 100), rng.uniform(50, 60, content[3]))
        yield content, _spread(rng, style, 300, rng.uniform(20, 40, style[3]))


def _spread(rng, shape, middle, spread):
    """Maps of this spread, so large that no small number added to it shows, around unequal means."""
    x = rng.normal(size=shape)
    x = (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)
    return spread * x + middle + rng.uniform(0, 100, (shape[0], 1, 1, shape[3]))


JUDGES = ("EfficientNet", "softmax, T = 1", "softmax, T = 30", "untrained", "garments")


def _best_judge():
    return {"nearest": "softmax, T = 30", "farthest": "softmax, T = 1"}


@bet(answer=_best_judge, nearest=JUDGES, farthest=JUDGES)
def best_judge():
    """Which of five judges of style comes nearest to a painting's spectrum, and which is farthest?"""
