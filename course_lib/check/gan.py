"""Exercises of the chapter 01_gan."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, number, refuse_numpy, same, shaped, tensors
from course_lib.check.guard import Wrong

SURE = 200.0  # a logit so large that exp and log reach their limits in float32

TWICE = (
    "a sigmoid was applied twice: what you get are logits already, and softplus (or "
    "from_logits=True) contains the sigmoid"
)
NO_SIGMOID = "the logits were taken for probabilities: set from_logits=True, or use ops.softplus"


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
    """The learner's loss of these logits; they are given as tensors, as in training."""
    result = attempt(*tensors(*logits))
    value = shaped(result, (), "one value an example is no loss, so take the mean over the batch")
    refuse_numpy(result)
    return value


def _finite(attempt, *logits):
    value = _loss(attempt, *logits)
    if not np.isfinite(value):
        raise Wrong(
            f"your loss is {float(value)} when the discriminator is very sure: exp grew too large "
            "or log met a probability rounded to 0; ops.softplus of the logit does neither"
        )


@exercise(answer="losses.generator_loss")
def generator_loss(attempt):
    """The non-saturating loss, E[-log D(G(z))], from the logits of D on fakes."""
    x = _logits(1, -0.5)
    value = number(_loss(attempt, x))
    x = x.astype("float64")
    right = _softplus(-x).mean()
    mistakes = [
        (
            right * x.size,
            "you summed over the batch: take the mean, or a batch twice as large takes steps twice as long",
        ),
        (-right, "the sign is flipped: this loss falls when the discriminator finds the fakes out"),
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
            "this is the mean of the raw logits (the loss of a Wasserstein GAN): -log D needs softplus",
        ),
        (-_sigmoid(x).mean(), "this is the mean probability, without its logarithm"),
        (1 - _sigmoid(x).mean(), "this is 1 - D(G(z)) without a logarithm: -log D is asked for"),
        (right / np.log(2), "the logarithm has base 2: use the natural logarithm"),
    ]
    otherwise = (
        "the value is not the mean of -log D(G(z)), where D = sigmoid(logit): -log sigmoid(x) = softplus(-x)"
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


@exercise(answer="losses.discriminator_loss")
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
        (-np.log(_as_probability(real)).mean() - np.log(1 - _as_probability(fake)).mean(), NO_SIGMOID),
        (right / 2, "you averaged the two halves: the value function adds them, so this is half of it"),
        (on_real - on_fake, "you subtracted one half from the other: both are losses, so add them"),
        (
            fake.mean() - real.mean(),
            "this is the difference of the mean logits (a Wasserstein critic): -log D needs softplus",
        ),
    ]
    compare(value, right, mistakes, "the value is not mean softplus(-real) + mean softplus(fake)")
    low, high = np.full((8, 1), -SURE, "float32"), np.full((8, 1), SURE, "float32")
    _finite(attempt, low, high)
    _finite(attempt, high, low)


@exercise(answer=_optimal_discriminator)
def optimal_discriminator(attempt):
    """D*(x) = p_data(x) / (p_data(x) + p_generator(x)), Goodfellow et al. 2014, proposition 1."""
    p, q = np.random.default_rng(4).uniform(0.05, 2.0, (2, 40))
    meant = "one value of D for each of the places x, so do not sum or average"
    result = shaped(attempt(p.copy(), q.copy()), p.shape, meant)
    mistakes = [
        (q / (p + q), "data and generator have changed places: D is the probability of *real*"),
        (p / q, "this is the ratio of the densities: a probability needs their sum in the denominator"),
        (np.log(p / q), "this is the logit of D, log(p_data / p_generator): D itself is its sigmoid"),
        (p / p + q, "a division comes before a sum: put p_data + p_generator in parentheses"),
        (
            p / ((p + q) / 2),
            "this is twice D: the sum of the densities belongs in the denominator, not their mean",
        ),
        (p / (p + q) / 2, "this is half of D: the factors 1/2 of the two classes cancel"),
        (p, "this is the density of the data: what the generator does must matter too"),
        (p - q, "this is the difference of the densities: D is a ratio"),
        (
            (p / p.sum()) / (p / p.sum() + q / q.sum()),
            "you divided each density by its own sum first: D compares them place by place, as they are",
        ),
    ]
    otherwise = "test your formula where the two densities are equal: D must be 1/2 there"
    compare(result, p / (p + q), mistakes, otherwise)
    edge = array(attempt(np.array([0.5, 1.0]), np.array([0.0, 1.0])))
    if not np.allclose(edge, [1.0, 0.5], atol=1e-4):
        raise Wrong("D must be 1 where the generator never goes, and 1/2 where the two are equal")


# ------------------------------------------------------- lesson 01_gan/2, convolutions that draw


def _enlarged_size(size, layers):
    for kernel, stride, padding in layers:
        size = size * stride if padding == "same" else (size - 1) * stride + kernel
    return size


def _overlap(length, kernel, stride):
    counts = np.zeros((length - 1) * stride + kernel, int)
    for place in range(length):
        counts[place * stride : place * stride + kernel] += 1
    return counts


def _follow(average, weight, step, limit):
    decay = min(limit, (1 + step) / (10 + step))
    return decay * average + (1 - decay) * weight


def _through(formula, size, layers):
    """The size after a stack of layers by a formula of (size, kernel, stride, padding)."""
    for layer in layers:
        size = formula(size, *layer)
    return size


@exercise(answer=_enlarged_size)
def enlarged_size(attempt):
    """The side after a stack of transposed convolutions: n·s for "same", (n−1)·s+k for "valid"."""
    size, layers = 20, [(4, 2, "valid"), (5, 3, "same"), (3, 2, "valid")]
    given = list(layers)
    result = attempt(size, layers)
    if isinstance(result, list | tuple | np.ndarray) and np.shape(result) != ():
        raise Wrong("you return a list of sizes: the side of the last picture is asked for, one number")
    value = number(result)
    if layers != given:
        raise Wrong("your function changes the list `layers`: read it and leave it as it was")

    def valid(n, k, s):
        return (n - 1) * s + k

    formulas = [
        (
            lambda n, k, s, p: n * s,
            '"valid" and "same" are treated alike: with "valid" nothing is cut off the edges, so '
            "the last kernel sticks out",
        ),
        (
            lambda n, k, s, p: valid(n, k, s),
            '"valid" and "same" are treated alike: with "same" the edges are cut to n·stride',
        ),
        (
            lambda n, k, s, p: n * s if p == "same" else n * s + k,
            'one stride too many for "valid": the first input needs no step, so n − 1 of them',
        ),
        (
            lambda n, k, s, p: n * s if p == "same" else (n - 1) * s,
            'the kernel is missing for "valid": the last input paints all its places',
        ),
        (
            lambda n, k, s, p: -(-n // s) if p == "same" else (n - k) // s + 1,
            "this is what a convolution leaves: the transposed one goes the other way, and enlarges",
        ),
        (
            lambda n, k, s, p: n * s if p == "valid" else valid(n, k, s),
            'the two kinds of padding have changed places: "same" gives n·stride',
        ),
    ]
    mistakes = [(_through(formula, size, layers), hint) for formula, hint in formulas]
    mistakes += [
        (
            _enlarged_size(size, layers[:1]),
            "only the first layer is counted: is the `return` inside the loop?",
        ),
        (
            _enlarged_size(size, layers[-1:]),
            "only the last layer is counted: each layer starts from the size that the one before left",
        ),
        (size, "nothing has been enlarged: assign the new size in the loop"),
    ]
    compare(value, _enlarged_size(size, layers), mistakes, 'test it: 5, [(4, 2, "valid")] gives 12')
    if number(attempt(6, [])) != 6:
        raise Wrong("without layers the size must stay: begin with `size` and loop over `layers`")


@exercise(answer=_overlap)
def overlap(attempt):
    """How many inputs of a 1-D transposed convolution ("valid") reach each place of its output."""
    length, kernel, stride = 6, 5, 2
    right = _overlap(length, kernel, stride)
    places = "(length − 1)·stride + kernel places"
    hints = {
        (length * stride,): f'that is the size for "same": nothing is cut here, so {places}',
        (length * stride + kernel,): f"one stride too many: the first input needs no step, so {places}",
        ((length - 1) * stride,): f"the last input's kernel has no room: {places}",
        (length,): "you counted for each input: one number for each place of the *output* is asked for",
        (): "you return one number: one for each place of the output is asked for",
    }
    result = shaped(attempt(length, kernel, stride), right.shape, f"the output has {places}", hints)
    once = (right > 0).astype(int)
    weighted = np.zeros(len(right))
    shorter = np.zeros(len(right))
    for place in range(length):
        weighted[place * stride : place * stride + kernel] += np.arange(1, kernel + 1)
        shorter[place * stride : place * stride + stride] += 1
    beside = np.zeros(len(right))
    for place in range(length):
        beside[place : place + kernel] += 1
    last_only = np.zeros(len(right))
    last_only[(length - 1) * stride :] = 1
    mistakes = [
        (once, "every place has 1 or 0: add 1 with `+=`, for several inputs reach the same place"),
        (weighted, "you added the kernel's weights: each input counts once, whatever its weight"),
        (shorter, "each input reaches `kernel` places, not `stride`: that is why they overlap"),
        (beside, "the inputs stand one place apart: input i starts at place i·stride"),
        (last_only, "only the last input is counted: fill one array in the loop, made before it"),
        (np.full(len(right), kernel / stride), "that is the average overlap: count place by place"),
        (right / right.max(), "these are shares: return the counts themselves"),
    ]
    compare(result, right, mistakes, "draw it: input i reaches places i·stride to i·stride + kernel − 1")
    for case in ((5, 4, 2), (4, 3, 3), (3, 6, 1)):
        if not same(array(attempt(*case)), _overlap(*case)):
            raise Wrong("it fits one example and not others: use length, kernel and stride as they are given")


@exercise(answer=_follow)
def follow(attempt):
    """One step of the moving average: d·average + (1−d)·weight, d = min(limit, (1+t)/(10+t))."""
    rng = np.random.default_rng(5)
    average, weight = rng.normal(size=(2, 3, 4))
    early, late, limit = 2, 5000, 0.9
    warm = (1 + early) / (10 + early)

    def mix(decay):
        return decay * average + (1 - decay) * weight

    result = shaped(attempt(average, weight, early, limit), average.shape, "that of the weights")
    mistakes = [
        (mix(1 - warm), "average and weight have changed places: the decay belongs to the average"),
        (
            mix(limit),
            "the beginning is missing: at an early step the decay is (1 + step)/(10 + step), or the "
            "average stays at the untrained weights",
        ),
        (mix(1 - limit), "average and weight have changed places, and the early decay is missing"),
        (warm * average + weight, "the weight must be multiplied with 1 − decay, or the sum grows"),
        (mix(1 + early / 10 + early), "a division comes before a sum: put both sums in parentheses"),
        (mix(early / (10 + early)), "the numerator is 1 + step"),
        ((average + weight) / 2, "this is the plain mean of the two, whatever the step"),
        (weight, "the average is forgotten: this is the new weight alone"),
        (average, "the average stands still"),
    ]
    otherwise = "the result is not decay·average + (1 − decay)·weight with the decay of this step"
    compare(result, mix(warm), mistakes, otherwise)
    unlimited = (
        "late in training the decay must not exceed `limit`, or the average hardly moves: take the smaller "
        "of the two"
    )
    result = array(attempt(average, weight, late, limit))
    mistakes = [(mix((1 + late) / (10 + late)), unlimited)]
    compare(result, mix(limit), mistakes, "late in training the decay must be `limit`")
