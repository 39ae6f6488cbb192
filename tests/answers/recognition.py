"""Typical wrong answers, and other right ones, to the exercises of the lesson 04_cnn/1."""

import keras
import numpy as np
from keras import ops

from course_lib import detection


def _field(layers, start=1, before=False, extra=-1):
    pixels, step = start, 1
    for kernel, stride in layers:
        if before:
            step *= stride
        pixels += (kernel + extra) * step
        if not before:
            step *= stride
    return pixels


def _field_backwards(layers, less):
    pixels = 1
    for kernel, stride in reversed(layers):
        pixels = (pixels - less) * stride + kernel
    return pixels


def _field_last_stride(layers):
    pixels, last = 1, 1
    for kernel, stride in layers:
        pixels += (kernel - 1) * last
        last = stride
    return pixels


def _softmax_of(labels, logits):
    return ops.take_along_axis(ops.softmax(logits), labels[:, None], axis=1)[:, 0]


def _log_softmax_of(labels, logits):
    return ops.take_along_axis(ops.log_softmax(logits), labels[:, None], axis=1)[:, 0]


def _shared(a, b, clamp=True):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0) if clamp else width * height


def _area(a):
    return (a[2] - a[0]) * (a[3] - a[1])


def _ratio(shared, a, b):
    return shared / (_area(a) + _area(b) - shared)


def _plus_one(a, b):
    def area(box):
        return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)

    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    shared = max(width, 0) * max(height, 0)
    return shared / (area(a) + area(b) - shared)


def _around(a, b):
    return _shared(a, b) / ((max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1])))


WRONG_ANSWERS = {
    "receptive_field": [
        (lambda layers: 1 + sum(k - 1 for k, _ in layers), "strides are missing"),
        (lambda layers: _field(layers, before=True), "own stride"),
        (lambda layers: _field(layers, start=0), "the 1 is missing"),
        (lambda layers: _field(layers, extra=0), "adds k - 1 pixels"),
        (lambda layers: sum(k for k, _ in layers), "adding up kernels"),
        (lambda layers: int(np.prod([k for k, _ in layers])), "does not multiply"),
        (lambda layers: _field(layers[::-1]), "wrong order"),
        (lambda layers: _field_backwards(layers, 0), "going backwards"),
        (_field_last_stride, "layer just before"),
        (lambda layers: layers[0][0], "inside the loop"),
        (lambda layers: [_field(layers)] * 2, "one number"),
    ],
    "cross_entropy": [
        (lambda y, z: -ops.sum(_log_softmax_of(y, z)), "summed over the examples"),
        (lambda y, z: ops.mean(_log_softmax_of(y, z)), "sign is flipped"),
        (lambda y, z: -_log_softmax_of(y, z), "one number an example"),
        (
            lambda y, z: ops.mean(-ops.one_hot(y, z.shape[1]) * ops.log_softmax(z)),
            "averaged over the ten classes",
        ),
        (lambda y, z: -ops.mean(_log_softmax_of(y, ops.softmax(z))), "applied twice"),
        (lambda y, z: -ops.mean(_softmax_of(y, z)), "logarithm is missing"),
        (lambda y, z: -ops.mean(ops.log(_softmax_of(y, z))), "not finite"),
        (lambda y, z: -ops.mean(ops.log(ops.maximum(_softmax_of(y, z), 1e-7))), "do not clip"),
        (lambda y, z: -ops.mean(ops.log_softmax(z)), "labels are not used"),
        (
            lambda y, z: ops.mean(ops.sum((ops.softmax(z) - ops.one_hot(y, z.shape[1])) ** 2, axis=1)),
            "squared error",
        ),
        (
            lambda y, z: float(ops.convert_to_numpy(-ops.mean(_log_softmax_of(y, z)))),
            "computed by NumPy",
        ),
    ],
    "iou": [
        (lambda a, b: _ratio(_shared(a, b, clamp=False), a, b), "cut both off at 0"),
        (lambda a, b: _shared(a, b) / (_area(a) + _area(b)), "counted twice"),
        (lambda a, b: _shared(a, b), "this is the shared area"),
        (lambda a, b: 2 * _shared(a, b) / (_area(a) + _area(b)), "Dice"),
        (lambda a, b: _shared(a, b) / min(_area(a), _area(b)), "smaller area: a tiny"),
        (lambda a, b: _shared(a, b) / _area(a), "order of the boxes"),
        (_around, "smallest box around both"),
        (_plus_one, "without + 1"),
        (lambda a, b: 1 - _ratio(_shared(a, b), a, b), "Jaccard distance"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "receptive_field": [lambda layers: _field_backwards(layers, 1)],
    "cross_entropy": [
        lambda y, z: ops.mean(keras.losses.sparse_categorical_crossentropy(y, z, from_logits=True)),
        lambda y, z: -ops.sum(ops.one_hot(y, z.shape[1]) * ops.log_softmax(z)) / z.shape[0],
    ],
    "iou": [
        lambda a, b: float(detection.overlaps(np.array([a]), np.array([b]))[0, 0]),
        lambda a, b: _ratio(_shared(a, b), a, b),
    ],
}
