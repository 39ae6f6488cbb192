"""What the library costs on JAX: the step of lesson 1.2's GAN by `fit`, and written in plain JAX.

    KERAS_BACKEND=jax python benchmarks/plain_jax.py [STEPS]

For a machine with a GPU; it also runs without one, and says on what it ran. Both ways take the same step (R1,
Adam, moving average, one pass through the generator for both players), jitted, ten in one call, in turns.
Plain JAX draws its batches from an array on the device, and knows no logs: the least that the step can cost.
"""

import os
import statistics
import sys
from pathlib import Path

from _turns import in_turns

os.environ["KERAS_BACKEND"] = "jax"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from course_lib import runtime

runtime.start(lesson="benchmarks/plain_jax", seed=1)

import jax
from jax import lax
from jax import numpy as jnp

from course_lib import data
from course_lib.models import gan

BATCH, LATENTS, RATE, PER_CALL, TURNS = 32, 64, 2e-3, 10, 5
LAYOUT = ("NHWC", "HWIO", "NHWC")


def leaky(x):
    return jnp.where(x > 0, x, 0.2 * x)


def weights_of(network):
    """The weights of a Keras network as arrays, in the order of its layers: both ways begin with the same."""
    return [jnp.asarray(weight.numpy()) for weight in network.trainable_variables]


def painted(weights, latents):
    """`gan.conv_generator`: latents (batch, 64) to pictures (batch, 28, 28, 1)."""
    dense, bias, *kernels = weights
    x = leaky((latents @ dense + bias).reshape(-1, 7, 7, 128))
    for kernel, bias in zip(kernels[:-2:2], kernels[1:-2:2], strict=True):
        # Keras keeps these kernels as (height, width, leaving, entering).
        x = lax.conv_transpose(
            x, kernel, (2, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"), transpose_kernel=True
        )
        x = leaky(x + bias)
    return jnp.tanh(
        lax.conv_general_dilated(x, kernels[-2], (1, 1), "SAME", dimension_numbers=LAYOUT) + kernels[-1]
    )


def logits(weights, pictures):
    """`gan.conv_discriminator`: pictures to logits (batch, 1)."""
    x = pictures
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = leaky(lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=LAYOUT) + bias)
    return x.reshape(len(x), -1) @ weights[-2] + weights[-1]


def d_loss(weights, real, fake):
    slopes = jax.grad(lambda pictures: logits(weights, pictures).sum())(real)
    penalty = 0.5 * (slopes**2).sum((1, 2, 3)).mean()
    return (
        jax.nn.softplus(-logits(weights, real)).mean()
        + jax.nn.softplus(logits(weights, fake)).mean()
        + penalty
    )


def adam(weights, gradients, moments, t):
    means, squares = moments
    means = [0.5 * m + 0.5 * g for m, g in zip(means, gradients, strict=True)]
    squares = [0.99 * v + 0.01 * g**2 for v, g in zip(squares, gradients, strict=True)]
    rate = RATE * jnp.sqrt(1 - 0.99**t) / (1 - 0.5**t)
    moved = [w - rate * m / (jnp.sqrt(v) + 1e-7) for w, m, v in zip(weights, means, squares, strict=True)]
    return moved, (means, squares)


def step(state, pictures):
    g, d, average, g_moments, d_moments, key, taken = state
    key, chosen, noise = jax.random.split(key, 3)
    real = pictures[jax.random.randint(chosen, (BATCH,), 0, len(pictures))].astype("float32") / 127.5 - 1
    latents = jax.random.normal(noise, (BATCH, LATENTS))
    fake, pull = jax.vjp(lambda weights: painted(weights, latents), g)
    d, d_moments = adam(d, jax.grad(d_loss)(d, real, fake), d_moments, taken + 1)
    slope = jax.grad(lambda fake: jax.nn.softplus(-logits(d, fake)).mean())(fake)
    g, g_moments = adam(g, pull(slope)[0], g_moments, taken + 1)
    decay = jnp.minimum(0.999, (1 + taken) / (10 + taken))
    average = [decay * a + (1 - decay) * w for a, w in zip(average, g, strict=True)]
    return (g, d, average, g_moments, d_moments, key, taken + 1)


def main(steps=500):
    pictures, _ = data.load("fashion", "train")
    model = gan.GAN(gan.conv_generator(), gan.conv_discriminator(), seed=1)
    optimizers = [gan.default_optimizer() for _ in range(2)]
    for optimizer in optimizers:
        optimizer.learning_rate = RATE
    model.compile(*optimizers, steps_per_execution=PER_CALL)
    g, d = weights_of(model.generator), weights_of(model.discriminator)
    latents = jax.random.normal(jax.random.key(0), (4, LATENTS))
    apart = [
        float(abs(painted(g, latents) - model.generator(latents)).max()),
        float(abs(logits(d, painted(g, latents)) - model.discriminator(model.generator(latents))).max()),
    ]
    if max(apart) > 1e-4:
        raise SystemExit(
            f"The networks in plain JAX are not those of the library: they differ by {max(apart):.1e}."
        )

    nothing = lambda weights: [jnp.zeros_like(weight) for weight in weights]  # noqa: E731
    state = (g, d, g, (nothing(g),) * 2, (nothing(d),) * 2, jax.random.key(1), jnp.float32(0))
    on_device = jnp.asarray(pictures)
    several = jax.jit(
        lambda state, pictures: lax.fori_loop(0, PER_CALL, lambda _, s: step(s, pictures), state)
    )
    batches = data.Batches(pictures, BATCH, seed=1)

    def by_library():
        model.fit(batches, steps_per_epoch=steps, verbose=0)

    def by_hand():
        nonlocal state
        for _ in range(steps // PER_CALL):
            state = several(state, on_device)
        jax.block_until_ready(state)

    ways = {"GAN.fit on JAX": by_library, "plain JAX": by_hand}
    seconds = in_turns(ways, TURNS)
    print(f"{jax.devices()[0].device_kind}: {steps} steps of batch {BATCH}, {TURNS} turns")
    hand = statistics.median(seconds["plain JAX"])
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(
            f"  {name:16s} {steps * BATCH / middle:9,.0f} pictures/s   {hand / middle:.2f} of plain JAX   "
            f"({min(taken):.2f} to {max(taken):.2f} s)"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
