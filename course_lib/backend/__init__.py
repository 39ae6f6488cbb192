"""What differs between TensorFlow, JAX and PyTorch: one file each. To add a backend, write one more.

The file is chosen here, once, by the backend that Keras runs on; no other module of the library asks which
one that is. A file defines `TITLE`, the three derivatives, and of the rest what does not suit it as it stands
here. Importing this package imports Keras.

The `function` of a derivative may also update variables that are not differentiated (the moving averages of
BatchNorm, the state of a random seed); those updates are kept.
"""

import contextlib
import importlib
import sys

from course_lib import surroundings

if "keras" not in sys.modules and (_problem := surroundings.why_no_keras()):
    raise ImportError(_problem)

import keras

NAME = keras.config.backend()  # as Keras writes it, and the package too
if NAME not in surroundings.BACKENDS:
    raise ImportError(surroundings.not_a_backend(NAME))
REMARKS = surroundings.settle(keras)  # sentences about settings that are otherwise in this process
_file = importlib.import_module(f"{__name__}.{NAME}")
TITLE = _file.TITLE  # as people write it
SPARED = getattr(_file, "SPARED", ())  # packages that the course requires, but not on this backend


def _differs(here):
    """The function of that name in the backend's file; where there is none, the one that stands here."""
    function = getattr(_file, here.__name__, here)
    function.__doc__ = here.__doc__
    return function


@_differs
def value_and_gradients(function, variables):
    """`(loss, logs), gradients`: what `function()` returns, a scalar and a dict of scalars, and the slopes.

    Gradients are a list of tensors of the variables' shapes, zeros where the loss does not depend on one.
    """
    raise NotImplementedError


@_differs
def pullback(function, variables):
    """`output, pull`: the tensor that `function()` returns, and the way back from it to the variables.

    `pull(cotangent)` takes a tensor of the output's shape, dL/d(output), and returns dL/d(variable) for each
    variable: the chain rule's second half. It may be called once.
    """
    raise NotImplementedError


@_differs
def value_and_slope(function, x):
    """The scalar `sum(function(x))`, and its derivative with respect to `x`, a tensor of `x`'s shape.

    Inside another derivative both can be differentiated again.
    """
    raise NotImplementedError


@_differs
def outside_gradients():
    """A context in which no derivative is taken, so that nothing need be remembered for one."""
    return contextlib.nullcontext()


@_differs
def apply(optimizer, gradients, variables):
    """Takes one step of the optimizer; `gradients` are in the order of `variables`."""
    optimizer.apply(gradients, variables)


@_differs
def train_step(model, step, batch):
    """What Keras calls as the model's `train_step`: returns the logs, a dict of scalars, of `step(batch)`.

    Where its trainer passes more than a batch, and wants more back, the backend's own takes and returns that.
    """
    with outside_gradients():
        return step(batch)


@_differs
def compiled(function):
    """The function of tensors, compiled as in a training step, where the backend compiles."""
    return function


@_differs
def execution(steps: int) -> dict:
    """The arguments of Keras' `compile` that say how to run; `steps` at most may be taken in one call."""
    return {"jit_compile": "auto", "steps_per_execution": steps}


@_differs
def feed(batches, first_step: int):
    """What `fit` takes the batches of a `data.Batches` from, without end, beginning at step `first_step`."""
    # Keras takes batches from a generator only as tuples.
    return (batch if isinstance(batch, tuple) else (batch,) for batch in batches.from_step(first_step))


@_differs
def untuned(x):
    """Anything else that `fit` is given, without what would make it wait at the end of each epoch."""
    return x


@_differs
def after_fit(model):
    """Called when `fit` ends, by an interruption too: afterwards the variables hold what was learnt."""


@_differs
def seed_of_draw(state):
    """What a seed's state, a tensor (2,) of the seed and the number of the draw, is handed to Keras as."""
    return state


@_differs
def replicas() -> int:
    """How many replicas of the model share a batch, and add up their gradients."""
    return 1


@_differs
def replica_number():
    """Which of the replicas runs this line, from 0: an integer or a scalar tensor."""
    return 0


@_differs
def let_replicas_assign(variable):
    """Lets every replica assign the same value to a variable, where that must be said."""


@_differs
def gpus() -> tuple[str, ...]:
    """Names of the GPUs that the backend can use."""
    return ()


@_differs
def make_repeatable(cores):
    """Has a CPU of so many cores compute the same numbers from the same seed every time.

    Where the backend does so by itself, nothing happens.
    """


@_differs
def side_by_side(function, parts):
    """`[function(part) for part in parts]`, several at a time where that takes less time.

    For a network's answers: `function` changes nothing and draws no random numbers; `parts` are at least one.
    """
    return [function(part) for part in parts]
