"""Training written once for TensorFlow, JAX and PyTorch.

A model of the course overrides `step(batch)`, which may call four things:

- `self.minimize(loss, optimizer, variables)`: one step of gradient descent;
- `self.play(...)`: one move of each of two players that share the pass through the generator;
- `gradient(function, x)`: a derivative with respect to an input, which can be differentiated again;
- `self.noise(shape)`: everything random.

`Model` turns that into the `train_step` that Keras calls; how, differs from backend to backend, and stands in
`course_lib.backend`. A first lesson writes its `train_step` by hand with a tape, in view; a test holds it and
this module to the same weights.
"""

from __future__ import annotations

import math
from pathlib import Path

import keras
import numpy as np
from keras import ops

from course_lib import backend, settings
from course_lib.callbacks import Checkpoint, Clock, Progress, StopOnNaN
from course_lib.data.batches import Batches

outside_gradients = backend.outside_gradients  # models and lessons take it from here


def gradient(function, x):
    """The derivative of `function` with respect to its input, on every backend.

    Args:
        function: takes a tensor of `x`'s shape; returns a scalar, or one value for each example.
        x: a tensor or array of floats.

    Returns:
        d sum(function(x)) / dx, a tensor of `x`'s shape. Where `function` returns one value for each
        example, and no example influences another's, row i is the gradient of value i.

    Inside the loss of `minimize`, or inside another `gradient`, the result can be differentiated again:
    that is how a penalty on the size of a gradient (R1, WGAN-GP) reaches the weights.
    """
    return backend.value_and_slope(function, ops.convert_to_tensor(x))[1]


BATCH_STATISTICS = ("moving_mean", "moving_variance")  # as Keras names what BatchNorm remembers


class _Seeds(keras.random.SeedGenerator):
    """A SeedGenerator whose draws no other seed repeats, and no other replica of a MirroredStrategy."""

    def __init__(self, seed=None, **settings):
        super().__init__(seed=seed, **settings)
        self.given = seed

    def next(self, ordered=True):
        seed = super().next(ordered)
        if backend.replicas() > 1:
            # Keras gives all replicas the same seed, and so the same noise.
            seed = seed + ops.stack([ops.cast(backend.replica_number(), seed.dtype) * 1_000_003, 0])
        return backend.seed_of_draw(seed)


class Optimizers(keras.optimizers.Optimizer):
    """Several optimizers as the one that Keras expects: it saves, restores and carries them all.

    `keras.optimizers.MultiOptimizer` exists from Keras 3.15 only.

    Args:
        named: a dict from name to `keras.optimizers.Optimizer`.
    """

    def __init__(self, named: dict, name: str = "optimizers"):
        super().__init__(learning_rate=0.0, name=name)
        self.named = dict(named)

    def build(self, variables):
        """Does nothing: each optimizer is built by `Model.compile`, with its own variables."""
        self.built = True

    @property
    def variables(self):
        return [variable for optimizer in self.named.values() for variable in optimizer.variables]

    def save_own_variables(self, store):
        """Saves nothing of its own: Keras visits the optimizers in `named`."""

    def load_own_variables(self, store):
        """Loads nothing of its own: Keras visits the optimizers in `named`."""

    def finalize_variable_values(self, var_list):
        """Does nothing: the models of the course keep moving averages of networks themselves."""

    def get_config(self):
        return {"named": keras.saving.serialize_keras_object(self.named), "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(keras.saving.deserialize_keras_object(config["named"]), name=config["name"])


def moving_average_of(network):
    """A copy of `network` that is not trained, to hold the moving average of its weights.

    The average of the weights along the path of training makes better pictures than the last weights,
    which still swing around it (Karras et al., ICLR 2018, 1710.10196; shown in 01_gan/2).
    """
    average = keras.models.clone_model(network)
    average.set_weights(network.get_weights())
    average.trainable = False
    for variable in average.variables:
        backend.let_replicas_assign(variable)
    return average


def update_moving_average(average, network, decay):
    """average <- decay * average + (1 - decay) * network, weight by weight; `decay` from 0 to 1."""
    for mean, weight in zip(average.weights, network.weights, strict=True):
        mean.assign(weight + ops.cast(decay, mean.dtype) * (mean - weight))


class Model(keras.Model):
    """A `keras.Model` whose training step is written once, in `step(batch)`.

    A subclass sets `log_names`, the names of what `step` returns, and implements `step`. One that trains more
    than one player overrides `compile` too, and calls `compile_optimizers` there. To be saved whole it sets
    `saved`, the names of its constructor's arguments, which it keeps as attributes of the same names.

    Args:
        seed: the seed of everything random in training; None draws one from Keras' global seed, which
            `runtime.start` sets.
    """

    log_names: tuple[str, ...] = ()
    saved: tuple[str, ...] | None = None
    default_rate = 1e-3

    def __init__(self, seed: int | None = None, **kwargs):
        super().__init__(**kwargs)
        self.seeds = _Seeds(seed)
        # Keras reports an epoch's mean of what `step` returns only where a metric has the same name.
        self.log_means = [keras.metrics.Mean(name=name) for name in self.log_names]
        self.steps_taken = self.add_weight(
            name="steps_taken", shape=(), dtype="int32", initializer="zeros", trainable=False,
            aggregation="only_first_replica",
        )  # fmt: skip

    # -- what a subclass writes ---------------------------------------------------------------------

    def step(self, batch) -> dict:
        """One training step on `batch`; returns a dict from every name in `log_names` to a scalar."""
        raise NotImplementedError(f"{type(self).__name__} must implement step(batch).")

    # -- what it may call ---------------------------------------------------------------------------

    def noise(self, shape):
        """Standard normal noise of `shape`: the one place where chance enters a training step."""
        return keras.random.normal(shape, dtype=self.compute_dtype, seed=self.seeds)

    def uniform_noise(self, shape):
        """Uniform noise in [0, 1) of `shape`, from the same seeds."""
        return keras.random.uniform(shape, dtype=self.compute_dtype, seed=self.seeds)

    def minimize(self, loss, optimizer, variables):
        """Takes one step down the gradient of `loss`.

        Args:
            loss: a function without arguments; returns a scalar, the mean over the batch, or a scalar
                and a dict of further scalars to log.
            optimizer: one of those given to `compile`.
            variables: the variables that may change; the others are constants here.

        Returns:
            The loss before the step, or the loss and the dict.
        """
        has_logs = []

        def scaled():
            value = loss()
            has_logs.append(isinstance(value, tuple))
            value, logs = value if has_logs[-1] else (value, {})
            return self._scaled(value, optimizer), {**logs, "": value}

        (_, logs), gradients = backend.value_and_gradients(scaled, variables)
        backend.apply(optimizer, gradients, variables)
        value = logs.pop("")
        return (value, logs) if has_logs[-1] else value

    def play(self, generate, first, second):
        """One move of each player, with one pass through the generator for both.

        The textbook generates twice, once for either player's update. Here the pictures are made once.
        The first player (the discriminator) learns from them as from constants; the second (the
        generator) asks how *its* loss changes with the pictures, after the first has moved, and sends
        that answer back through the pass that made them.

        Args:
            generate: a function without arguments that returns the generated pictures.
            first: `(loss, optimizer, variables)` of the player that only looks at the pictures;
                `loss(pictures)` returns a scalar, or a scalar and a dict to log.
            second: the same of the player whose variables made them; its loss is a scalar.

        Returns:
            What `minimize` returns for the first player, and the second player's loss.
        """
        loss, optimizer, variables = second
        pictures, pull = backend.pullback(generate, variables)
        fixed = ops.stop_gradient(pictures)
        first_loss, first_optimizer, first_variables = first
        first_value = self.minimize(lambda: first_loss(fixed), first_optimizer, first_variables)
        scaled_value, slope = backend.value_and_slope(
            lambda pictures: self._scaled(loss(pictures), optimizer), fixed
        )
        backend.apply(optimizer, pull(slope), variables)
        return first_value, scaled_value / self._scaled(ops.ones_like(scaled_value), optimizer)

    def descend(self, loss):
        """`minimize` with the one optimizer of `compile`; returns what `step` returns."""
        value = self.minimize(loss, self.optimizer.named["optimizer"], self.trained())
        value, logs = value if isinstance(value, tuple) else (value, {})
        return {"loss": value, **logs}

    def keep_average(self, average, network):
        """Moves the moving average of a network on, at step t with a decay of at most (1+t)/(10+t).

        So the average forgets the untrained weights soon; later the decay is `self.average_decay`.
        """
        t = ops.cast(self.steps_taken, "float32")
        decay = ops.minimum(self.average_decay, (1 + t) / (10 + t))
        update_moving_average(average, network, decay)

    def _scaled(self, loss, optimizer):
        """The loss whose gradient is taken: divided among replicas, multiplied by float16's scale."""
        return optimizer.scale_loss(loss / backend.replicas())

    # -- compile, and save --------------------------------------------------------------------------

    def compile(self, optimizer=None, steps_per_execution: int = 1):
        """Sets the one optimizer of `trained()`; the default is Adam(`default_rate`)."""
        self.compile_optimizers(
            {"optimizer": optimizer or keras.optimizers.Adam(self.default_rate)},
            {"optimizer": self.trained()},
            steps_per_execution=steps_per_execution,
        )

    def trained(self):
        """The variables that the one optimizer of `compile` changes: a list."""
        return self.trainable_variables

    def compile_optimizers(self, optimizers: dict, trained: dict, *, steps_per_execution=1, **settings):
        """Compiles with one optimizer for each player.

        Args:
            optimizers: from a name such as "g_optimizer" to an optimizer, its name, or its config;
                each becomes the attribute of that name.
            trained: from the same names to the networks (or lists of variables) that they train.
            steps_per_execution: training steps in one call of the compiled function.
            settings: further arguments of the subclass's `compile`, saved with the model.
        """
        float16 = self.compute_dtype == "float16"
        named = {}
        for name, optimizer in optimizers.items():
            optimizer = keras.optimizers.get(optimizer)
            if float16 and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
                optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
            # Unbuilt optimizers lose their moments when a model is restored.
            target = trained[name]
            optimizer.build(getattr(target, "trainable_variables", target))
            named[name] = optimizer
            setattr(self, name, optimizer)
        for variable in self.non_trainable_variables:
            if variable.name in BATCH_STATISTICS:  # else those of the first replica's share would be all
                backend.let_replicas_assign(variable)
        combined = Optimizers(named)
        combined.build([])
        super().compile(
            optimizer=combined,
            # Keras would wrap the combination for float16; each optimizer is wrapped above.
            auto_scale_loss=False,
            **backend.execution(steps_per_execution),
        )
        self._compile_settings = {"steps_per_execution": steps_per_execution, **settings}

    def get_compile_config(self):
        if not self.compiled:
            return None
        return {**keras.saving.serialize_keras_object(self.optimizer.named), **self._compile_settings}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def get_config(self):
        if self.saved is None:
            raise NotImplementedError(f"{type(self).__name__} cannot be saved: `saved` names no arguments.")
        arguments = {name: getattr(self, name) for name in self.saved}
        return {**super().get_config(), **keras.saving.serialize_keras_object(arguments)}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        arguments = {name: config[name] for name in cls.saved or () if name in config}
        read = keras.saving.deserialize_keras_object(arguments)
        return super().from_config({**config, **read}, custom_objects)

    # -- what Keras calls ---------------------------------------------------------------------------

    def _logged_step(self, batch):
        if isinstance(batch, (tuple, list)):  # Keras packs a batch as (x,) or (x, None, None)
            batch = tuple(part for part in batch if part is not None)
            batch = batch[0] if len(batch) == 1 else batch
        logs = self.step(keras.tree.map_structure(ops.convert_to_tensor, batch))
        if set(logs) != set(self.log_names):
            raise ValueError(
                f"{type(self).__name__}.step returned {sorted(logs)}, "
                f"but log_names promises {sorted(self.log_names)}."
            )
        self.steps_taken.assign(self.steps_taken + 1)
        for mean in self.log_means:
            mean.update_state(logs[mean.name])
        return {mean.name: mean.result() for mean in self.log_means}

    def train_step(self, *arguments):
        """One step, as `fit` calls it: on a batch, after what else the backend's trainer passes."""
        return backend.train_step(self, self._logged_step, *arguments)

    @property
    def metrics(self):
        return self.log_means

    def fit(
        self,
        x,
        *,
        epochs: int = 1,
        steps_per_epoch: int | None = None,
        batch_size: int = 64,
        seed: int = 0,
        checkpoint: str | Path | None = None,
        accept_changes: bool = False,
        callbacks=(),
        verbose: int = 1,
    ):
        """Trains for `epochs` times `steps_per_epoch` steps; goes on where the model stands.

        Args:
            x: `data.Batches`, or arrays of which batches are made (uint8 pictures are scaled to
                [-1, 1]), or anything that `keras.Model.fit` takes.
            epochs: how many times progress is reported, callbacks run and the checkpoint is written.
            steps_per_epoch: batches in an epoch; all of them unless it is given.
            batch_size, seed: for arrays.
            checkpoint: a file. It is written after every epoch, whole or not at all, and never with numbers
                that are not finite. Where it exists, training goes on from it, says so, and ends in the same
                weights as one that nothing interrupted. How steps are taken may change, such as the learning
                rate: that is taken over and said. What is learnt may not: other data, another loss or another
                setting of the model is refused.
            accept_changes: takes that over too, and says it.
            callbacks: `keras.callbacks.Callback`s, run in this order.
            verbose: 1 shows a progress bar of one line, 0 nothing.

        Returns:
            Keras' `History`; `.history` has one list a log, a number an epoch, those of the epochs
            before an interruption included, and "seconds", the time spent in training steps so far.

        Raises:
            ValueError: if the checkpoint is damaged or belongs to another run; it says what differs.
            OSError: before any work, if the checkpoint cannot be written. What goes wrong with it later (a
                full disk, a lock) is said, and tried again after the next epoch: the training goes on.
        """
        if isinstance(x, (np.ndarray, tuple, dict)):
            x = Batches(x, min(batch_size, len(x)) if isinstance(x, np.ndarray) else batch_size, seed)
        if isinstance(x, Batches):
            steps_per_epoch = steps_per_epoch or len(x)
        saver, initial_epoch, past = None, 0, {}
        if checkpoint is not None:
            run = settings.of_data(x, steps_per_epoch)
            saver = Checkpoint(checkpoint, run, companions=callbacks, accept_changes=accept_changes)
            initial_epoch, past = saver.restore(self, epochs)
        savers = [] if saver is None else [saver]
        arrays = x.arrays if isinstance(x, Batches) else None
        if isinstance(x, Batches):
            first_step = int(ops.convert_to_numpy(self.steps_taken + 0))  # a replica reads it so too
            x = backend.feed(x, first_step)
        else:
            x = backend.untuned(x)

        clock = Clock(past.get("seconds", [0.0])[-1])
        bars = [Progress()] if verbose else []
        try:
            history = super().fit(
                x,
                epochs=epochs,
                steps_per_epoch=steps_per_epoch,
                initial_epoch=initial_epoch,
                callbacks=[clock, *callbacks, StopOnNaN(saver, arrays), *bars, *savers],
                shuffle=False,  # `Batches` are shuffled
                verbose=0,
            )
        finally:
            backend.after_fit(self)
        if past:  # a log that the earlier or the later epochs lack has NaN there
            for name in past | history.history:
                values = past.get(name, [math.nan] * initial_epoch)
                history.history[name] = values + history.history.get(name, [math.nan] * len(history.epoch))
        return history
