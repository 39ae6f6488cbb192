"""Exercises of lesson 04_cnn/3, from one kind of picture to another."""

import numpy as np

from course_lib.check.drawn import drawn, ops
from course_lib.check.framework import array


def _of_patches(logits):
    """-log D on average, over a map of logits."""
    return ops.mean(ops.softplus(-logits))


def _far(one, other, axis=None):
    return ops.mean(ops.abs(one - other), axis=axis)


class Network:
    """Two numbers, and what is computed with them."""

    def __init__(self, numbers, computes):
        import keras

        self.trainable_variables = [keras.Variable(float(number), dtype="float32") for number in numbers]
        self.computes = computes

    def __call__(self, given, training=False):
        # Another number outside of training, as BatchNorm would give.
        return self.computes(given, *self.trainable_variables) * (1.0 if training else 0.9)


class Painters:
    """What `painter_step` asks of `translation.Translator`, with two numbers to a network.

    rates: how far the optimizers of the discriminator and of the generator move what they are given.
    """

    d_optimizer, g_optimizer = "d", "g"

    def __init__(self, numbers, pixel_weight, rates=(0.3, 0.2)):
        self.generator = Network(numbers[:2], lambda outlines, slope, light: outlines * slope + light)
        self.discriminator = Network(
            numbers[2:], lambda pair, slope, product: pair[1] * slope + pair[0] * pair[1] * product + 0.3
        )
        self.pixel_weight, self.rates = pixel_weight, dict(zip("dg", rates, strict=True))

    def generators(self):
        return self.generator.trainable_variables

    def discriminators(self):
        return self.discriminator.trainable_variables

    def logits(self, outlines, pictures):
        return self.discriminator([outlines, pictures], training=True)

    def minimize(self, loss, optimizer, variables):
        from course_lib import backend

        (value, _), slopes = backend.value_and_gradients(lambda: (loss(), {}), variables)
        for variable, slope in zip(variables, slopes, strict=True):
            variable.assign(variable - self.rates[optimizer] * slope)
        return value


def _both_moves(step, numbers, pixel_weight, outlines, pictures):
    """Losses of two steps, and where they have moved each number."""
    model = Painters(numbers, pixel_weight)
    told = [array(loss) for _ in range(2) for loss in step(model, outlines, pictures)]
    return [np.stack(told), *(array(number) for number in model.generators() + model.discriminators())]


def _step(
    judged=lambda real, false: _of_patches(real) + _of_patches(-false),
    fooled=lambda logits, painted, pictures, weight: _of_patches(logits) + weight * _far(painted, pictures),
    moved=Painters.generators, by="g_optimizer", anew=True, first="d", blind=False, unpaired=False,
    shown=lambda painted: painted, training=True,
):  # fmt: skip
    """A step of pix2pix; what may be changed in it are its losses, who moves, and in which order."""

    def step(model, outlines, pictures):
        painted = ops.stop_gradient(model.generator(outlines, training=True))

        def d_loss_of():
            beside = pictures if unpaired else outlines
            return judged(model.logits(outlines, pictures), model.logits(beside, painted))

        def g_loss_of():
            now = model.generator(outlines, training=training) if anew else painted
            logits = model.logits(outlines, pictures if blind else shown(now))
            return fooled(logits, now, pictures, model.pixel_weight)

        moves = {
            "d": lambda: model.minimize(d_loss_of, model.d_optimizer, model.discriminators()),
            "g": lambda: model.minimize(g_loss_of, getattr(model, by), moved(model)),
        }
        told = {first: moves[first]()}
        told |= {other: moves[other]() for other in moves if other != first}
        return told["d"], told["g"]

    return step


def _painter_step(model, outlines, pictures):
    painted = ops.stop_gradient(model.generator(outlines, training=True))

    def d_loss_of():
        real, false = model.logits(outlines, pictures), model.logits(outlines, painted)
        return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(false))

    def g_loss_of():
        painted = model.generator(outlines, training=True)
        fooled = ops.mean(ops.softplus(-model.logits(outlines, painted)))
        return fooled + model.pixel_weight * ops.mean(ops.abs(painted - pictures))

    d_loss = model.minimize(d_loss_of, model.d_optimizer, model.discriminators())
    return d_loss, model.minimize(g_loss_of, model.g_optimizer, model.generators())


@drawn(
    answer=_painter_step, value=False, tensors=True,
    returns=("discriminator's loss", "generator's loss"),
    observe={"two steps (their losses, then the weights)": _both_moves},
    idea="the discriminator compares real pairs with painted ones and moves its own weights; then the "
    "generator paints once more, inside its loss, so that the slope finds the way back to its weights",
    mistakes=[
        (_step(judged=lambda real, false: _of_patches(-real) + _of_patches(false)),
         "real and painted have changed places in the discriminator's loss: real pairs come first"),
        (_step(judged=lambda real, false: _of_patches(real)),
         "the discriminator is shown real pairs only: without painted ones it learns to say yes"),
        (_step(judged=lambda real, false: _of_patches(-false)),
         "the discriminator is shown painted pairs only: without real ones it learns to say no"),
        (_step(judged=lambda real, false: (_of_patches(real) + _of_patches(-false)) / 2),
         "the discriminator's loss is halved: the two means are added"),
        (_step(anew=False),
         "the generator's weights do not move: what was painted outside, behind stop_gradient, has no way "
         "back to them; paint again inside its loss"),
        (_step(moved=Painters.discriminators),
         "the generator's loss moves the discriminator's weights, which learns to be fooled: give minimize "
         "those of model.generators()"),
        (_step(moved=lambda model: [*model.generators(), *model.discriminators()]),
         "the generator's loss moves both networks: the discriminator would learn to be fooled"),
        (_step(by="d_optimizer"),
         "the generator is moved by the discriminator's optimizer: each has its own, with its own memory"),
        (_step(fooled=lambda g, p, x, w: _of_patches(-g) + w * _far(p, x)),
         "the generator helps the discriminator: its patches are to pass for real, -log D"),
        (_step(fooled=lambda g, p, x, w: w * _far(p, x)),
         "the adversary's part is missing in the generator's loss: this step would train with pixels only"),
        (_step(fooled=lambda g, p, x, w: _of_patches(g)),
         "the pixels' part is missing in the generator's loss: model.pixel_weight says how much it counts"),
        (_step(fooled=lambda g, p, x, w: _of_patches(g) + _far(p, x)),
         "model.pixel_weight is missing: it says how much the pixels count"),
        (_step(blind=True),
         "the generator's loss asks about the real pictures: what the discriminator says of those does not "
         "depend on the generator"),
        (_step(unpaired=True),
         "a painting was judged beside the real picture: a pair is an outline and what was painted of it"),
        (_step(shown=lambda painted: ops.stop_gradient(painted)),
         "what the discriminator says does not reach the generator: stop_gradient stops it"),
        (_step(moved=Painters.discriminators, by="d_optimizer"),
         "the discriminator moved twice, and the generator never: its loss moves model.generators()"),
        (_step(training=False), "training=True is missing where the generator paints anew: some layers do "
         "otherwise in training"),
        (_step(first="g"),
         "the generator moved first: the discriminator's move comes first, and the generator answers it"),
        (lambda model, outlines, pictures: _painter_step(model, outlines, pictures)[::-1],
         "the two losses have changed places: return the discriminator's first"),
    ],
    right=[_step()],
)  # fmt: skip
def painter_step(rng):
    """One step of pix2pix: the discriminator's move, then the generator's."""
    for batch, sides, weight in ((2, (4, 4, 1), rng.uniform(3, 6)), (3, (2, 6, 1), rng.uniform(0.3, 0.7))):
        outlines = rng.choice([-1.0, 1.0], (batch, *sides))
        pictures = 0.6 * outlines + rng.uniform(-0.4, 0.4, (batch, *sides))
        yield [0.2, -0.3, *rng.uniform(0.5, 1.5, 2).tolist()], float(weight), outlines, pictures


def _cycle_loss(day, night, to_night, to_day):
    there_and_back = ops.mean(ops.abs(to_day(to_night(day)) - day))
    return there_and_back + ops.mean(ops.abs(to_night(to_day(night)) - night))


def _returned(compare):
    """Both ways, by what is made of the pictures that came back and those they were."""
    return lambda day, night, g, f: compare(f(g(day)), day) + compare(g(f(night)), night)


@drawn(
    answer=_cycle_loss, tensors=True, slopes=("day", "night"),
    idea="send the day to night and back to day, and ask how far each pixel is from where it was; the same "
    "for the night, the other way round; add the two means",
    mistakes=[
        (lambda day, night, g, f: _far(f(g(day)), day),
         "this is the way of the day pictures only: night pictures go to day and back as well"),
        (lambda day, night, g, f: _far(g(f(night)), night),
         "this is the way of the night pictures only: day pictures go to night and back as well"),
        (lambda day, night, g, f: _far(g(day), day) + _far(f(night), night),
         "you compared after the first step: to_night(day) must go back through to_day first"),
        (lambda day, night, g, f: _far(g(day), night) + _far(f(night), day),
         "these are pictures of other places, there are no pairs: compare each picture with itself"),
        (lambda day, night, g, f: _far(f(day), day) + _far(g(night), night),
         "day pictures went through to_day: that is an identity loss, and there is no cycle in it"),
        (lambda day, night, g, f: _far(g(f(day)), day) + _far(f(g(night)), night),
         "the order is exchanged: a day picture goes to night first, to_day(to_night(day))"),
        (_returned(lambda back, was: ops.mean(ops.square(back - was))),
         "you squared the differences: take their absolute values"),
        (_returned(lambda back, was: ops.sum(ops.abs(back - was))),
         "you summed over the pixels: take their mean"),
        (_returned(lambda back, was: ops.mean(ops.sum(ops.abs(back - was), axis=(1, 2, 3)))),
         "you summed over the pixels of a picture: take the mean over them as over the pictures"),
        (_returned(lambda back, was: _far(back, was, axis=(1, 2, 3))),
         "one value a picture is left: take the mean over the pictures as well"),
        (_returned(lambda back, was: _far(back, was) / 2), "add the two ways: you took their mean"),
        (_returned(lambda back, was: -_far(back, was)),
         "the sign is flipped: the differences are to become small"),
        (_returned(lambda back, was: ops.abs(ops.mean(back - was))),
         "differences of opposite sign cancel: take absolute values before the mean"),
    ],
    right=[
        lambda day, night, to_night, to_day: ops.mean(ops.abs(night - to_night(to_day(night))))
        + ops.mean(ops.abs(day - to_day(to_night(day)))),
        lambda day, night, g, f: ops.mean(ops.abs(f(g(day)) - day) + ops.abs(g(f(night)) - night)),
    ],
)  # fmt: skip
def cycle_loss(rng):
    """How far pictures are from themselves after a way there and back, for both ways."""
    for shape in ((3, 4, 5, 3), (1, 2, 3, 3)):
        slope, light = rng.uniform(0.3, 0.6, 2).tolist()
        day, night = rng.uniform(-1, 1, (2, *shape))
        day[0, 0], night[0, 0] = -1.0, 1.0  # black, and white
        yield day, night, _curve(-0.3, slope, 0.1), _curve(light, 1.3, 0.0)


def _curve(light, slope, bend):
    return lambda x: light + slope * x + bend * x * x
