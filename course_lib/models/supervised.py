"""The model of every task in which the right answer is known: one network, one loss."""

from __future__ import annotations

import keras
from keras import ops

from course_lib.training import Model


class Supervised(Model):
    """A network that learns pairs of an input and its right answer.

    Called on inputs it returns the network's outputs, as in inference.

    Args:
        network: a model from inputs to outputs.
        objective: the loss as Keras names it (`"mean_absolute_error"`), a `keras.losses.Loss`, or a
            function of `(targets, outputs)`; whatever it returns is averaged.
        seed: of everything random in training.
    """

    log_names = ("loss",)
    saved = ("network", "objective")

    def __init__(self, network: keras.Model, objective, seed: int | None = None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.network = network
        self.objective = keras.losses.get(objective)
        self.built = True

    def call(self, inputs, training=False):
        return self.network(inputs, training=False)

    def pair(self, batch):
        """`(inputs, targets)` of one training step: the batch itself, which must be such a pair.

        A task that makes its inputs from the targets (by damaging a picture, say) overrides this, and
        takes what is random from `self.noise` and `self.uniform_noise`.
        """
        return batch

    def arguments(self, inputs):
        """What the network is called on in training; one that takes more than inputs overrides this."""
        return (inputs,)

    def average(self, errors, inputs):
        """The loss, from what the objective returned; a task that counts only some pixels overrides this."""
        return ops.mean(ops.cast(errors, "float32"))

    def step(self, batch):
        inputs, targets = self.pair(batch)
        arguments = self.arguments(inputs)

        def loss():
            return self.average(self.objective(targets, self.network(*arguments, training=True)), inputs)

        return self.descend(loss)
