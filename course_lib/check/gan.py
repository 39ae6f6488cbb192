"""Exercises of lesson 01_gan/1, the adversarial game."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number
from course_lib.check.guard import Wrong

SURE = 200.0  # a logit so large that exp and log reach their limits in float32

TWICE = (
    "a sigmoid was applied twice: what you get are logits already, and softplus (or "
    "from_logits=True) contains the sigmoid"
)
NO_SIGMOID = "the logits were taken for probabilities: set from_logits=True, or use ops.softplus"


def _generator_loss(fake_logits):
    from keras import ops

    return ops.mean(ops.softplus(-fake_logits))


def _discriminator_loss(real_logits, fake_logits):
    from keras import ops

    return ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))


def _optimal_discriminator(p_data, p_generator):
    return p_data / (p_data + p_generator)


def _softplus(x):
    return np.logaddexp(0.0, x)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _as_probability(x):
    """What binary cross-entropy makes of a logit that it takes for a probability."""
    return np.clip(x, 1e-7, 1 - 1e-7)


def _logits(seed, middle):
    """Logits (8, 1) for a batch of eight, none of them far from the middle."""
    return np.random.default_rng(seed).normal(middle, 1.5, (8, 1)).astype("float32")


def _loss(attempt, *logits):
    """The learner's loss of these logits, given as the backend's tensors, as in training."""
    from keras import ops

    result = attempt(*(ops.convert_to_tensor(x) for x in logits))
    values = array(result)
    if values.shape != ():
        raise Wrong(
            f"your loss has the shape {values.shape}, one value an example: "
            "a loss is one number, so take the mean over the batch"
        )
    if isinstance(result, np.ndarray | np.generic | float | int):
        raise Wrong(
            "your loss is computed by NumPy, so no gradient can flow back through it: use keras.ops"
        )
    return result


def _finite(attempt, *logits):
    value = array(_loss(attempt, *logits))
    if not np.isfinite(value):
        raise Wrong(
            f"your loss is {float(value)} when the discriminator is very sure: exp grew too large "
            "or log met a probability rounded to 0; ops.softplus of the logit does neither"
        )


@exercise("1.1.3", answer=_generator_loss)
def generator_loss(attempt):
    """The non-saturating loss, E[-log D(G(z))], from the logits of D on fakes."""
    x = _logits(1, -0.5)
    value = number(_loss(attempt, x))
    x = x.astype("float64")
    right = _softplus(-x).mean()
    mistakes = [
        (
            right * x.size,
            "you summed over the batch: take the mean, or a batch twice as large takes steps "
            "twice as long",
        ),
        (
            -right,
            "the sign is flipped: this loss falls when the discriminator finds the fakes out",
        ),
        (
            -_softplus(x).mean(),
            "this is the saturating form, log(1 - D(G(z))): right in theory, but its slope "
            "vanishes just when the discriminator wins; use -log D(G(z))",
        ),
        (
            _softplus(x).mean(),
            "you labelled the fakes as fake, which is the discriminator's aim: "
            "the generator wants them taken for real, label 1",
        ),
        (_softplus(-_sigmoid(x)).mean(), TWICE),
        (-np.log(_as_probability(x)).mean(), NO_SIGMOID),
        (
            -x.mean(),
            "this is the mean of the raw logits (the loss of a Wasserstein GAN): "
            "-log D needs softplus",
        ),
        (-_sigmoid(x).mean(), "this is the mean probability, without its logarithm"),
        (
            1 - _sigmoid(x).mean(),
            "this is 1 - D(G(z)) without a logarithm: -log D is asked for",
        ),
        (right / np.log(2), "the logarithm has base 2: use the natural logarithm"),
    ]
    otherwise = (
        "the value is not the mean of -log D(G(z)), where D = sigmoid(logit): "
        "-log sigmoid(x) = softplus(-x)"
    )
    compare(value, right, mistakes, otherwise)
    for sure in (-SURE, SURE):
        _finite(attempt, np.full((8, 1), sure, "float32"))
    # Where the discriminator is sure of the fakes, the slope must still be -1.
    low, high = (number(_loss(attempt, np.full((8, 1), at, "float32"))) for at in (-21, -19))
    if not -1.05 < (high - low) / 2 < -0.95:
        raise Wrong(
            "your loss is flat where the discriminator is sure, so the generator cannot learn "
            "there: do not clip, use ops.softplus"
        )


@exercise("1.1.1", answer=_discriminator_loss)
def discriminator_loss(attempt):
    """E[-log D(x)] + E[-log(1 - D(G(z)))], from the logits of D on real pictures and fakes."""
    real, fake = _logits(2, 0.7), _logits(3, -0.4)
    value = number(_loss(attempt, real, fake))
    real, fake = real.astype("float64"), fake.astype("float64")
    on_real, on_fake = _softplus(-real).mean(), _softplus(fake).mean()
    right = on_real + on_fake
    mistakes = [
        (right * real.size, "you summed over the batch: take the mean of each half"),
        (
            -right,
            "the sign is flipped: this is the value function, which the discriminator makes "
            "large; a loss is made small, so put a minus in front",
        ),
        (
            _softplus(real).mean() + _softplus(-fake).mean(),
            "real and fake have changed places: real pictures have label 1, fakes label 0",
        ),
        (on_real, "the fakes are missing: without them D calls everything real"),
        (on_fake, "the real pictures are missing: without them D calls everything fake"),
        (
            on_real + _softplus(-fake).mean(),
            "the fakes have label 1 as well: theirs is 0, so their loss is softplus(+logit)",
        ),
        (
            _softplus(real).mean() + on_fake,
            "the real pictures have label 0 as well: theirs is 1, so softplus(-logit)",
        ),
        (_softplus(-_sigmoid(real)).mean() + _softplus(_sigmoid(fake)).mean(), TWICE),
        (
            -np.log(_as_probability(real)).mean() - np.log(1 - _as_probability(fake)).mean(),
            NO_SIGMOID,
        ),
        (
            right / 2,
            "you averaged the two halves: the value function adds them, so this is half of it",
        ),
        (
            on_real - on_fake,
            "you subtracted one half from the other: both are losses, so add them",
        ),
        (
            fake.mean() - real.mean(),
            "this is the difference of the mean logits (a Wasserstein critic): "
            "-log D needs softplus",
        ),
    ]
    compare(value, right, mistakes, "the value is not mean softplus(-real) + mean softplus(fake)")
    low, high = np.full((8, 1), -SURE, "float32"), np.full((8, 1), SURE, "float32")
    _finite(attempt, low, high)
    _finite(attempt, high, low)


@exercise("1.1.2", answer=_optimal_discriminator)
def optimal_discriminator(attempt):
    """D*(x) = p_data(x) / (p_data(x) + p_generator(x)), Goodfellow et al. 2014, proposition 1."""
    p, q = np.random.default_rng(4).uniform(0.05, 2.0, (2, 40))
    result = array(attempt(p.copy(), q.copy()))
    if result.shape != p.shape:
        raise Wrong(
            f"the result has the shape {result.shape}, but there is one value of D for each of "
            f"the places x, so {p.shape}: do not sum or average"
        )
    mistakes = [
        (
            q / (p + q),
            "data and generator have changed places: D is the probability of *real*",
        ),
        (
            p / q,
            "this is the ratio of the densities: a probability needs their sum in the denominator",
        ),
        (
            np.log(p / q),
            "this is the logit of D, log(p_data / p_generator): D itself is its sigmoid",
        ),
        (
            p / p + q,
            "a division comes before a sum: put p_data + p_generator in parentheses",
        ),
        (
            p / ((p + q) / 2),
            "this is twice D: the sum of the densities belongs in the denominator, not their mean",
        ),
        (p / (p + q) / 2, "this is half of D: the factors 1/2 of the two classes cancel"),
        (p, "this is the density of the data: what the generator does must matter too"),
        (p - q, "this is the difference of the densities: D is a ratio"),
        (
            (p / p.sum()) / (p / p.sum() + q / q.sum()),
            "you divided each density by its own sum first: D compares them place by place, "
            "as they are",
        ),
    ]
    otherwise = "test your formula where the two densities are equal: D must be 1/2 there"
    compare(result, p / (p + q), mistakes, otherwise)
    edge = array(attempt(np.array([0.5, 1.0]), np.array([0.0, 1.0])))
    if not np.allclose(edge, [1.0, 0.5], atol=1e-4):
        raise Wrong("D must be 1 where the generator never goes, and 1/2 where the two are equal")
