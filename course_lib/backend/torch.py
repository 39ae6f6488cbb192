"""PyTorch: derivatives by `torch.autograd.grad`."""

import contextlib
import threading

import numpy as np
import torch
from keras import ops

TITLE = "PyTorch"
SPARED = ("tensorflow", "tensorflow-datasets", "requests")
# How many derivatives are being taken around the current line: only inside another one must the graph of a
# gradient be kept, so that it can be differentiated again.
_depth = threading.local()


@contextlib.contextmanager
def _tracking():
    outer = getattr(_depth, "value", 0)
    _depth.value = outer + 1
    try:
        with torch.enable_grad():
            yield outer > 0
    finally:
        _depth.value = outer


def _gradients(output, inputs, cotangent=None, keep_graph=False):
    found = torch.autograd.grad(output, inputs, cotangent, create_graph=keep_graph, allow_unused=True)
    return [
        torch.zeros_like(value) if slope is None else slope
        for slope, value in zip(found, inputs, strict=True)
    ]


def value_and_gradients(function, variables):
    values = [variable.value for variable in variables]
    with _tracking() as nested:
        loss, logs = function()
        gradients = _gradients(loss, values, keep_graph=nested)
    logs = {name: value.detach() for name, value in logs.items()}
    return (loss.detach(), logs), gradients


def pullback(function, variables):
    values = [variable.value for variable in variables]
    with _tracking():
        output = function()
    return output.detach(), lambda cotangent: _gradients(output, values, cotangent)


def value_and_slope(function, x):
    with _tracking() as nested:
        if not nested or not x.requires_grad:
            x = x.detach().requires_grad_()
        total = ops.sum(function(x))
        (slope,) = _gradients(total, [x], keep_graph=nested)
        return total if nested else total.detach(), slope


def outside_gradients():
    return torch.no_grad()


def seed_of_draw(state):
    # Keras seeds PyTorch with the sum of both: the second draw of seed 1 would be the first of seed 2.
    mixed = np.random.SeedSequence([int(number) % 2**32 for number in state]).generate_state(1)[0]
    return ops.convert_to_tensor([int(mixed) // 2, 0], dtype=state.dtype)


def execution(steps):
    # Keras calls every step on its own here, and has no XLA.
    return {"jit_compile": False, "steps_per_execution": 1}


def gpus():
    return tuple(torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count()))
