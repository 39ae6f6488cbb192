"""Typical wrong answers, and other right ones, to the exercises of lesson 4.5."""

import numpy as np
from keras import ops

from course_lib.models import style


def _flat(maps):
    return ops.reshape(maps, (maps.shape[0], -1, maps.shape[-1]))


def _products(flat):
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)


def _scrambled(maps):
    flat = ops.reshape(maps, (maps.shape[0], maps.shape[-1], -1))
    return ops.matmul(flat, ops.transpose(flat, (0, 2, 1))) / flat.shape[-1]


def _one_matrix(maps):
    flat = ops.reshape(maps, (-1, maps.shape[-1]))
    return ops.matmul(ops.transpose(flat), flat) / flat.shape[0]


def _positions(maps):
    flat = _flat(maps)
    return ops.matmul(flat, ops.transpose(flat, (0, 2, 1))) / flat.shape[1]


def _covariance(maps):
    flat = _flat(maps)
    return _products(flat - ops.mean(flat, axis=1, keepdims=True)) / flat.shape[1]


def _down(x):
    return x[:, 1:] - x[:, :-1]


def _across(x):
    return x[:, :, 1:] - x[:, :, :-1]


def _mean(x):
    return ops.mean(x, axis=(1, 2, 3))


def _told(x, axes=(1, 2)):
    return ops.mean(x, axis=axes, keepdims=True), ops.std(x, axis=axes, keepdims=True)


def _adain(content, like, axes=(1, 2)):
    (cm, cs), (sm, ss) = _told(content, axes), _told(like, axes)
    return (content - cm) / cs * ss + sm


def _only_mean(content, like):
    return content - _told(content)[0] + _told(like)[0]


def _variances(content, like):
    (cm, cs), (sm, ss) = _told(content), _told(like)
    return (content - cm) / cs**2 * ss**2 + sm


def _upside_down(content, like):
    (cm, cs), (sm, ss) = _told(content), _told(like)
    return (content - cm) * cs / ss + sm


WRONG_ANSWERS = {
    "gram": [
        (lambda maps: _products(_flat(maps)), "sum over the positions"),
        (lambda maps: _products(_flat(maps)) / np.prod(maps.shape[1:]), "channels too"),
        (_one_matrix, "one matrix"),
        (_positions, "positions with positions"),
        (_scrambled, "reshape does not move axes"),
        (_covariance, "subtracted the means"),
        (lambda maps: ops.mean(_flat(maps) ** 2, axis=1), "own squares"),
        (lambda maps: _products(_flat(maps)) / maps.shape[1], "height alone"),
        (
            lambda maps: np.einsum("nhwi,nhwj->nij", maps, maps) / (maps.shape[1] * maps.shape[2]),
            "computed by NumPy",
        ),
    ],
    "total_variation": [
        (lambda x: _mean(_down(x) ** 2), "across are missing"),
        (lambda x: _mean(_across(x) ** 2), "down are missing"),
        (lambda x: _mean(ops.abs(_down(x))) + _mean(ops.abs(_across(x))), "absolute value"),
        (
            lambda x: ops.sum(_down(x) ** 2, axis=(1, 2, 3)) + ops.sum(_across(x) ** 2, axis=(1, 2, 3)),
            "you summed",
        ),
        (lambda x: ops.mean(_down(x) ** 2) + ops.mean(_across(x) ** 2), "one number is left"),
        (lambda x: _mean(_down(x)) + _mean(_across(x)), "cancel"),
        (
            lambda x: _mean((x - ops.roll(x, 1, axis=1)) ** 2) + _mean((x - ops.roll(x, 1, axis=2)) ** 2),
            "go round the edge",
        ),
        (lambda x: ops.sqrt(_mean(_down(x) ** 2) + _mean(_across(x) ** 2)), "no root"),
    ],
    "adain": [
        (_only_mean, "spread is still the content's"),
        (_variances, "take their roots"),
        (_upside_down, "upside down"),
        (lambda content, like: _adain(like, content), "changed places"),
        (lambda content, like: _adain(content, like, (0, 1, 2)), "over the batch"),
        (lambda content, like: _adain(content, like, (1, 2, 3)), "over the channels too"),
        (lambda content, like: (content - _told(content)[0]) / _told(content)[1], "instance norm"),
        (_adain, "small number"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "gram": [
        lambda maps: ops.einsum("nhwi,nhwj->nij", maps, maps) / (maps.shape[1] * maps.shape[2]),
        lambda maps: ops.mean(maps[..., :, None] * maps[..., None, :], axis=(1, 2)),
    ],
    "total_variation": [
        lambda x: _mean(ops.square(x[:, :-1] - x[:, 1:])) + _mean(ops.square(x[:, :, :-1] - x[:, :, 1:])),
    ],
    "adain": [
        lambda content, like: style.adain(content, like, 1e-4),
        lambda content, like: (
            (content - _told(content)[0]) / (_told(content)[1] + 1e-5) * _told(like)[1] + _told(like)[0]
        ),
    ],
}
