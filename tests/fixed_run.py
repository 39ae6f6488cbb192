"""A small GAN with fixed weights and fixed noise, run as a program by tests in processes of their own.

    python fixed_run.py OUT.npz steps=3 r1=1.0 replicas=1 normalise=0
    python fixed_run.py OUT.npz checkpoint=FILE kill=STEPS+MILLISECONDS (or before_replace,
        after_replace, half_written: moments in the writing of the checkpoint)
    python fixed_run.py OUT.npz noise_of=2
    python fixed_run.py (a server: see `serve`)

Writes the weights at the end (generator's, discriminator's, the average generator's, both optimizers'),
or the noise that each of several replicas drew.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import keras
import numpy as np
from keras import ops

from course_lib import backend, training
from course_lib.data import Batches
from course_lib.models import gan

BATCH, LATENT = 12, 5


def networks(normalise, synchronised):
    generator = gan.dense_generator(LATENT, (6, 6, 1), (16, 16), normalise)
    if synchronised:  # BatchNorm's statistics over all replicas: TensorFlow only
        latents = keras.Input((LATENT,))
        x = keras.layers.Dense(16)(latents)
        x = keras.layers.BatchNormalization(synchronized=True)(x)
        x = keras.layers.Dense(36, activation="tanh")(keras.layers.LeakyReLU(0.2)(x))
        generator = keras.Model(latents, keras.layers.Reshape((6, 6, 1))(x))
    return generator, gan.dense_discriminator((6, 6, 1), (16, 16))


class FixedNoise(gan.GAN):
    """A GAN whose noise is a function of the number of the step; each replica takes its share."""

    def noise(self, shape):
        table = np.random.default_rng(7).normal(size=(50, BATCH, LATENT)).astype(np.float32)
        latents = ops.take(ops.convert_to_tensor(table), self.steps_taken, axis=0)
        share = shape[0]
        replica = backend.replica_number()
        return ops.slice(latents, (replica * share, 0), (share, LATENT))


def fixed_weights(network, seed):
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        scale = 0.3 if len(variable.shape) > 1 else 0.02
        gammas = 1.0 if variable.name == "gamma" else 0.0
        variable.assign(gammas + scale * rng.normal(size=variable.shape).astype(np.float32))


def build(r1=0.0, normalise=0, synchronised=0, **others):
    generator, discriminator = networks(normalise, synchronised)
    fixed_weights(generator, 1)
    fixed_weights(discriminator, 2)
    model = FixedNoise(generator, discriminator, r1_weight=r1, seed=0)
    model.compile()
    return model


def pictures():
    return np.random.default_rng(3).integers(0, 256, (BATCH * 4, 6, 6, 1), dtype=np.uint8)


def result(model):
    groups = {
        "generator": model.generator.weights,
        "discriminator": model.discriminator.weights,
        "average": model.average_generator.weights,
        "optimizers": model.optimizer.variables,
    }
    return {
        f"{name}/{i:02d}": ops.convert_to_numpy(v.value)
        for name, variables in groups.items()
        for i, v in enumerate(variables)
    }


def fixed_steps(steps=3, replicas=1, **settings):
    batches = Batches(pictures(), BATCH, seed=1)
    if replicas == 1:
        model = build(**settings)
        if steps:
            model.fit(batches, steps_per_epoch=int(steps), verbose=0)
        return model
    with strategy_of(int(replicas)).scope():
        model = build(**settings)
    model.fit(batches, steps_per_epoch=int(steps), verbose=0)
    return model


def strategy_of(replicas):
    """A MirroredStrategy over as many logical CPUs, which a process may set up once."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    device = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [device] * replicas)
    return tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(replicas)])


def noise_of(replicas):
    strategy = strategy_of(replicas)
    with strategy.scope():
        model = training.Model(seed=1)
    values = strategy.run(lambda: model.noise((4, 3))).values
    return {f"noise/{i}": value.numpy() for i, value in enumerate(values)}


def killed_training(checkpoint, kill=None):
    """Ten epochs of a seeded training that a SIGKILL may end at a chosen moment."""
    keras.utils.set_random_seed(3)
    backend.make_repeatable(2)
    model = gan.GAN(*networks(1, 0), seed=5)
    model.compile()

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    replace = os.replace
    if kill == "half_written":

        def stop_while_writing(source, target):
            with open(source, "r+b") as file:
                file.truncate(os.path.getsize(source) // 2)
            die()

        os.replace = stop_while_writing
    elif kill == "before_replace":
        os.replace = lambda source, target: die()
    elif kill == "after_replace":

        def stop_after(source, target):
            replace(source, target)
            die()

        os.replace = stop_after
    callbacks = []
    if kill is not None and kill[0].isdigit():
        steps, milliseconds = map(float, kill.split("+"))

        class DieSoonAfter(keras.callbacks.Callback):
            """Kills from another thread, so that the moment is anywhere within a step."""

            seen = 0

            def on_train_batch_end(self, batch, logs=None):
                self.seen += 1
                if self.seen == steps:
                    wait = milliseconds / 1000
                    threading.Thread(target=lambda: (time.sleep(wait), die())).start()

        callbacks = [DieSoonAfter()]
    batches = Batches(pictures(), BATCH, seed=1)
    model.fit(batches, epochs=10, steps_per_epoch=9, checkpoint=checkpoint, callbacks=callbacks, verbose=0)
    return model


def main(out, *arguments):
    settings = dict(argument.split("=", 1) for argument in arguments)
    if "checkpoint" in settings:
        arrays = result(killed_training(**settings))
    elif "noise_of" in settings:
        arrays = noise_of(int(settings["noise_of"]))
    else:
        arrays = result(fixed_steps(**{name: float(value) for name, value in settings.items()}))
    np.savez(out, **arrays)


def serve():
    """Runs each line of the input, a list of arguments in JSON, in its own process; prints its exit status.

    On Linux that is a fork, in which Keras is imported and has not run anything yet: importing it took most
    of the time of a short training.
    """
    for line in sys.stdin:
        arguments = json.loads(line)
        if sys.platform != "linux":
            print(subprocess.call([sys.executable, __file__, *arguments], stdout=sys.stderr), flush=True)
            continue
        child = os.fork()
        if not child:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            return main(*arguments)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else serve()
