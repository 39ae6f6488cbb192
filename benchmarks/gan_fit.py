"""How fast `GAN.fit` is against loops written by hand, in one run on this machine.

    python benchmarks/gan_fit.py [steps]

Three ways to take the same steps of the dense GAN (R1, moving average, batch 64), in turns, because a
machine's speed drifts: `GAN.fit` as the lessons call it (ten steps in one execution), `GAN.fit` with one,
and the hand-written loop: one `tf.function` a step over a `tf.data` pipeline, the textbook's two passes
through the generator. A fourth line shows what `fit` on plain arrays costs with tf.data's autotuner.
"""

import statistics
import sys

from _turns import in_turns

from course_lib import runtime

runtime.start(lesson="benchmarks/gan_fit", seed=1)

import keras
import tensorflow as tf

from course_lib import data, losses, training
from course_lib.models import gan

BATCH, LATENTS = 64, 64


def library(steps_per_execution):
    model = gan.GAN(gan.dense_generator(LATENTS), gan.dense_discriminator(), seed=1)
    model.compile(steps_per_execution=steps_per_execution)
    return model


def fit(model, batches, steps):
    model.fit(batches, steps_per_epoch=steps, verbose=0)


def hand_written(batches):
    """Returns a function that takes `steps` steps; everything spelled out, nothing shared."""
    generator, discriminator = gan.dense_generator(LATENTS), gan.dense_discriminator()
    average = keras.models.clone_model(generator)
    g_weights, d_weights = generator.trainable_variables, discriminator.trainable_variables
    g_optimizer, d_optimizer = gan.default_optimizer(), gan.default_optimizer()
    g_optimizer.build(g_weights)
    d_optimizer.build(d_weights)
    taken = tf.Variable(0.0)

    @tf.function
    def step(real):
        z = tf.random.normal((BATCH, LATENTS))
        with tf.GradientTape() as tape:
            fake = generator(z, training=True)
            with tf.GradientTape() as inner:
                inner.watch(real)
                real_logits = discriminator(real, training=True)
            slope = inner.gradient(real_logits, real)
            penalty = 0.5 * tf.reduce_mean(tf.reduce_sum(slope**2, axis=(1, 2, 3)))
            fake_logits = discriminator(fake, training=True)
            d_loss = losses.discriminator_loss(real_logits, fake_logits) + penalty
        d_optimizer.apply(tape.gradient(d_loss, d_weights), d_weights)
        with tf.GradientTape() as tape:
            fake = generator(z, training=True)
            g_loss = losses.generator_loss(discriminator(fake, training=True))
        g_optimizer.apply(tape.gradient(g_loss, g_weights), g_weights)
        decay = tf.minimum(0.999, (1 + taken) / (10 + taken))
        training.update_moving_average(average, generator, decay)
        taken.assign_add(1)
        return d_loss, g_loss

    def loop(steps):
        d_mean, g_mean = keras.metrics.Mean(), keras.metrics.Mean()
        for real in batches.dataset().take(steps):
            d_loss, g_loss = step(real)
            d_mean.update_state(d_loss)
            g_mean.update_state(g_loss)

    return loop


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    pictures, _ = data.load("fashion", "train")
    batches = data.Batches(pictures, BATCH, seed=1)
    ten, one, autotuned = library(10), library(1), library(10)
    by_hand = hand_written(batches)
    floats = data.signed(pictures[: steps * BATCH])
    ways = {
        "fit, 10 steps an execution": lambda: fit(ten, batches, steps),
        "fit, 1 step an execution": lambda: fit(one, batches, steps),
        "loop by hand, one tf.function a step": lambda: by_hand(steps),
        "keras.Model.fit on arrays, autotuned": lambda: keras.Model.fit(
            autotuned, floats, batch_size=BATCH, verbose=0
        ),
    }
    seconds = in_turns(ways)
    hand = statistics.median(seconds["loop by hand, one tf.function a step"])
    print(f"{steps} steps of batch {BATCH}, five turns; speed relative to the loop by hand")
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(
            f"  {name:38s} {steps * BATCH / middle:7,.0f} pictures/s   {hand / middle:.2f}"
            f"   ({min(taken):.1f} to {max(taken):.1f} s)"
        )


if __name__ == "__main__":
    main()
