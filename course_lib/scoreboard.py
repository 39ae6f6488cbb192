"""The entrants of lesson 05_comparisons/1, and how one of them is trained.

All train on the same 50,000 pictures and are judged by the same judge: along the way against validation
pictures, at the end, once, against test pictures. Each has the same budget, `BUDGET` seconds of one CPU core,
written down as a number of steps, so that a second run does the same work and gets the same numbers.
`benchmarks/scoreboard.py` trains every entrant with three seeds and keeps the study.

Learning rates are constant, so a point of a curve is what a shorter training would have ended in.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import keras
import numpy as np

from course_lib import data, judge, runtime
from course_lib.models import gan, matching, rows, supervised, vae

BUDGET = 45  # CPU seconds of training, on one core of the machine that measured
SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)  # of the steps: where a curve has its points
SEEDS = (1, 2, 3)
CURVE_PICTURES, SCORE_PICTURES = 1_000, 5_000
PER_CALL = 10  # training steps in one call of the backend


class Entrant(NamedTuple):
    """How an entrant is made, and how many steps fit into the budget."""

    build: object  # a function of the seed: a compiled model, and a function draw(number, seed) -> pictures
    batch_size: int
    steps: int
    network: str  # what draws, in words


def _compiled(model, rate=None):
    """The model, ready to be trained, and its function that draws; `rate` is that of both players' Adam."""
    adams = [keras.optimizers.Adam(rate, beta_1=0.5, beta_2=0.99) for _ in range(2)] if rate else []
    model.compile(*adams, steps_per_execution=PER_CALL)
    return model, model.generate


class Autoencoder(supervised.Supervised):
    """A network that gives its pictures back; what goes in is what shall come out."""

    def pair(self, batch):
        return batch, batch


def gaussian_codes(codes, number: int, seed: int):
    """Random codes `(number, d)` from the Gaussian with the mean and covariance of `codes` `(n, d)`."""
    root = np.linalg.cholesky(np.cov(codes, rowvar=False))
    standard = np.random.default_rng(seed).standard_normal((number, codes.shape[1]))
    return (codes.mean(axis=0) + standard @ root.T).astype("float32")


def autoencoder(seed):
    """An autoencoder, the VAE's networks without its cloud, and a function that draws with it.

    Whenever it draws, a Gaussian is fitted to the codes of 20,000 training pictures; `draw(…, naive=True)`
    takes standard normal codes, as if it were a VAE.
    """
    encoder, decoder = vae.dense_encoder(), vae.dense_decoder()
    model = Autoencoder(
        keras.Model(encoder.input, decoder(encoder.output[0])), "mean_squared_error", seed=seed
    )
    model.compile(steps_per_execution=PER_CALL)

    def draw(number, seed=0, naive=False):
        if naive:
            size = (number, decoder.input_shape[-1])
            codes = np.random.default_rng(seed).standard_normal(size).astype("float32")
        else:
            pictures = data.signed(data.load("fashion", "train")[0][:20_000])
            known, _ = encoder.predict(pictures, batch_size=500, verbose=0)
            codes = gaussian_codes(known, number, seed)
        return decoder.predict(codes, batch_size=500, verbose=0)

    return model, draw


def dense_vae(seed):
    """The dense VAE of lesson 2.1."""
    return _compiled(vae.VAE(vae.dense_encoder(), vae.dense_decoder(), seed=seed))


def dense_gan(seed):
    """The dense GAN of lesson 1.1, with R1 and a moving average."""
    return _compiled(gan.GAN(gan.dense_generator(), gan.dense_discriminator(), seed=seed))


def small_dcgan(seed):
    """The small convolutional GAN of lesson 1.2."""
    return _compiled(gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=seed), 1e-3)


def wgan_gp(seed):
    """The same convolutional networks with the Wasserstein losses and the gradient penalty of lesson 1.3."""
    return _compiled(gan.WassersteinGAN(gan.conv_generator(), gan.conv_discriminator(), seed=seed), 1e-3)


def row_lstm(seed):
    """The painter of lesson 3.3, row by row and pixel by pixel."""
    model = rows.painter(seed)
    model.compile(steps_per_execution=PER_CALL)

    def draw(number, seed=0):
        return model.paint(np.zeros((number, 28, 28, 1), "float32"), first_row=0, seed=seed)

    return model, draw


def mmd(seed):
    """The dense GAN's generator without a discriminator: a fixed distance between sets of pictures."""
    return _compiled(matching.Matching(gan.dense_generator(), seed=seed))


ENTRANTS = {
    "autoencoder": Entrant(autoencoder, 128, 7_680, "dense"),
    "dense VAE": Entrant(dense_vae, 128, 6_880, "dense"),
    "dense GAN": Entrant(dense_gan, 64, 4_720, "dense"),
    "DCGAN": Entrant(small_dcgan, 32, 1_150, "convolutional"),
    "WGAN-GP": Entrant(wgan_gp, 32, 1_120, "convolutional"),
    "row LSTM": Entrant(row_lstm, 32, 1_090, "recurrent"),
    "MMD": Entrant(mmd, 256, 4_080, "dense"),
}

# For C14 and C17: dense VAEs, (width, hidden layers) -> steps in GRID_BUDGET seconds.
GRID_BUDGET = 12
GRID_SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)
GRID_PICTURES = (1_000, 50_000)
GRID = {(64, 1): 11_900, (64, 3): 9_000, (256, 1): 4_560, (256, 3): 2_920, (1024, 1): 1_380, (1024, 3): 370}


def points_of(steps: int, shares=SHARES) -> list:
    """The steps at which a curve has its points, multiples of `PER_CALL`."""
    points = {max(2 * PER_CALL, round(share * steps / PER_CALL) * PER_CALL) for share in shares}
    return sorted(points)


def train(model, batches, points, look):
    """Trains up to each of `points` steps and calls `look(model)` there.

    Returns:
        A list of `(steps, CPU seconds of training, what look returned)`, and the CPU seconds of the first ten
        steps, which contain the compilation and are in none of the others.
    """
    clock = time.process_time()
    model.fit(batches, steps_per_epoch=PER_CALL, verbose=0)
    start_up = time.process_time() - clock
    seconds, found = 0.0, []
    for point in points:
        clock = time.process_time()
        model.fit(batches, steps_per_epoch=point - int(model.steps_taken), verbose=0)
        seconds += time.process_time() - clock
        found.append((point, seconds, look(model)))
    return found, start_up


def run(name, seed, points=None, pictures=CURVE_PICTURES, watch=lambda: None):
    """Trains an entrant with a seed; returns its model, `draw`, and its curve.

    Args:
        name: a key of `ENTRANTS`.
        seed: of the first weights, the order of the pictures and the noise.
        points: the steps at which it is looked at; all that were stored unless given.
        pictures: how many are drawn for each point.
        watch: called before the training and at each point, before anything is drawn or judged.

    Returns:
        `(model, draw, curve)`, the curve a dict of lists: steps, seconds, distance, samples and
        watched (what `watch` returned); and a number, start_up.
    """
    entrant = ENTRANTS[name]
    runtime.seed(seed)
    model, draw = entrant.build(seed)
    batches = data.Batches(data.load("fashion", "train")[0], entrant.batch_size, seed=seed)
    jury = judge.load("fashion")
    watched = [watch()]

    def look(_):
        watched.append(watch())
        drawn = draw(pictures, seed=seed)
        return jury.frechet(drawn), data.to_uint8(drawn[:8])  # from validation pictures

    found, start_up = train(model, batches, points or points_of(entrant.steps), look)
    steps, seconds, looks = zip(*found, strict=True)
    distances, samples = zip(*looks, strict=True)
    curve = {"steps": list(steps), "seconds": list(seconds), "distance": list(distances)}
    return model, draw, {**curve, "start_up": start_up, "watched": watched, "samples": np.stack(samples)}
