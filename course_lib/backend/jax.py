"""JAX: derivatives of pure functions. A scope turns what reads and writes Keras' variables into one."""

import threading

import jax
import keras
from keras import ops

TITLE = "JAX"
SPARED = ("tensorflow", "tensorflow-datasets", "requests")
_scopes = threading.local()


class _Scope(keras.StatelessScope):
    """A StatelessScope that starts from the scope around it and remembers what was updated."""

    def __init__(self, variables, values):
        self.outer = getattr(_scopes, "top", None)
        super().__init__(zip(variables, values, strict=True))
        if self.outer is not None:
            self.state_mapping = {**self.outer.state_mapping, **self.state_mapping}
        self.updated = {}

    def __enter__(self):
        _scopes.top = self
        return super().__enter__()

    def __exit__(self, *args):
        _scopes.top = self.outer
        return super().__exit__(*args)

    def add_update(self, update):
        variable, _ = update
        self.updated[id(variable)] = variable
        super().add_update(update)

    def updates(self):
        """The values that variables were given inside: a dict that JAX can carry out of a trace."""
        return {key: self.state_mapping[key] for key in self.updated}


def _pure(function, variables, updated):
    """`function` as a pure function of the variables' values, which also returns what it updated.

    The updated variables themselves are put into the dict `updated` while JAX traces.
    """

    def pure(values):
        with _Scope(variables, values) as scope:
            output = function()
        updated.update(scope.updated)
        return output, scope.updates()

    return pure


def _write(updated, values):
    for key, value in values.items():
        updated[key].assign(value)


def value_and_gradients(function, variables):
    updated = {}
    pure = _pure(function, variables, updated)

    def loss_first(values):
        (loss, logs), updates = pure(values)
        return loss, (logs, updates)

    values = [variable.value for variable in variables]
    (loss, (logs, updates)), gradients = jax.value_and_grad(loss_first, has_aux=True)(values)
    _write(updated, updates)
    return (loss, logs), gradients


def pullback(function, variables):
    updated = {}
    values = [variable.value for variable in variables]
    output, pull, updates = jax.vjp(_pure(function, variables, updated), values, has_aux=True)
    _write(updated, updates)
    return output, lambda cotangent: pull(cotangent)[0]


def value_and_slope(function, x):
    updated = {}

    def total(x):
        return _pure(lambda: ops.sum(function(x)), [], updated)([])

    (value, updates), slope = jax.value_and_grad(total, has_aux=True)(x)
    _write(updated, updates)
    return value, slope


def apply(optimizer, gradients, variables):
    # `optimizer.apply` would change variables inside `jax.cond` where float16's scale is adjusted.
    values, slots = optimizer.stateless_apply(
        [variable.value for variable in optimizer.variables],
        gradients,
        [variable.value for variable in variables],
    )
    for variable, value in zip([*variables, *optimizer.variables], [*values, *slots], strict=True):
        variable.assign(value)


def compiled(function):
    return jax.jit(function)


def train_step(model, step, state, batch):
    # All variables come in as `state`, in four groups, and go out as a new state.
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )
    variables = [variable for group in groups for variable in group]
    values = [value for group in state for value in group]
    with _Scope(variables, values) as scope:
        logs = step(batch)
    return logs, tuple([scope.get_current_value(variable) for variable in group] for group in groups)


def after_fit(model):
    model.jax_state_sync()  # an interrupted epoch leaves its weights in JAX's hands


def gpus():
    return tuple(device.device_kind for device in jax.devices() if device.platform != "cpu")
