"""Typical wrong answers, and other right ones, to the exercises of lesson 04_cnn/4."""

import numpy as np
from keras import ops

MEAN = {"axis": (1, 2), "keepdims": True}


def _weights(slopes):
    return ops.mean(slopes, axis=(1, 2), keepdims=True)


def _hidden(picture, side, fill, i, j):
    hidden = picture.copy()
    hidden[side * i : side * (i + 1), side * j : side * (j + 1)] = fill
    return hidden


def _map(picture, side, value):
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    return np.array([[value(i, j) for j in range(columns)] for i in range(rows)])


def _falls(score, picture, side, fill):
    return _map(
        picture,
        side,
        lambda i, j: score(picture[None])[0] - score(_hidden(picture, side, fill, i, j)[None])[0],
    )


def _staying(score, picture, side, fill):
    hidden = picture.copy()

    def fall(i, j):
        hidden[side * i : side * (i + 1), side * j : side * (j + 1)] = fill
        return score(picture[None])[0] - score(hidden[None])[0]

    return _map(picture, side, fall)


def _in_place(score, picture, side, fill):
    before = score(picture[None])[0]

    def fall(i, j):
        picture[side * i : side * (i + 1), side * j : side * (j + 1)] = fill
        return before - score(picture[None])[0]

    return _map(picture, side, fall)


def _only(picture, side, fill, i, j):
    shown = np.full_like(picture, fill)
    square = (slice(side * i, side * (i + 1)), slice(side * j, side * (j + 1)))
    shown[square] = picture[square]
    return shown


WRONG_ANSWERS = {
    "grad_cam": [
        (lambda a, s: ops.sum(_weights(s) * a, axis=-1), "ReLU is missing"),
        (lambda a, s: ops.relu(-ops.sum(_weights(s) * a, axis=-1)), "sign is flipped"),
        (lambda a, s: ops.abs(ops.sum(_weights(s) * a, axis=-1)), "absolute values"),
        (lambda a, s: ops.sum(ops.relu(_weights(s) * a), axis=-1), "too early"),
        (lambda a, s: ops.sum(ops.relu(_weights(s)) * a, axis=-1), "cut the weights"),
        (lambda a, s: ops.relu(ops.sum(s * a, axis=-1)), "place by place"),
        (lambda a, s: ops.relu(ops.sum(ops.sum(s, **MEAN) * a, axis=-1)), "summed the slopes"),
        (lambda a, s: ops.relu(ops.mean(_weights(s) * a, axis=-1)), "averaged over the channels"),
        (
            lambda a, s: ops.relu(ops.sum(ops.mean(s, axis=(0, 1, 2)) * a, axis=-1)),
            "over the pictures as well",
        ),
        (lambda a, s: ops.relu(ops.sum(_weights(a) * s, axis=-1)), "changed places"),
        (lambda a, s: ops.relu(ops.sum(a, axis=-1)), "slopes are not used"),
        (lambda a, s: ops.relu(_weights(s) * a), "map of its own"),
        (lambda a, s: ops.mean(s, axis=(1, 2)), "weights of a sum"),
        (lambda a, s: ops.relu(ops.sum(_weights(s) * a, axis=(0, 3))), "has the shape"),
    ],
    "occlusion_map": [
        (lambda *given: -_falls(*given), "sign is flipped"),
        (
            lambda score, picture, side, fill: score(picture[None])[0] - _falls(score, picture, side, fill),
            "score itself",
        ),
        (lambda *given: np.abs(_falls(*given)), "absolute values"),
        (lambda *given: np.maximum(_falls(*given), 0), "rises of the score"),
        (_staying, "squares stay"),
        (_in_place, "in place"),
        (lambda score, picture, side, fill: _falls(score, picture, side, 0), "painted with 0"),
        (
            lambda score, picture, side, fill: _map(
                picture,
                side,
                lambda i, j: score(picture[None])[0] - score(_only(picture, side, fill, i, j)[None])[0],
            ),
            "everything but the square",
        ),
        (
            lambda score, picture, side, fill: _map(
                picture, side, lambda i, j: score(_only(picture, side, fill, i, j)[None])[0]
            ),
            "square alone",
        ),
        (lambda *given: _falls(*given).T, "rows and columns"),
        (lambda *given: _falls(*given).ravel(), "has the shape"),
        (lambda score, picture, side, fill: score(picture), "takes pictures"),
        (
            lambda score, picture, side, fill: _falls(score, picture, side, fill) / score(picture[None])[0],
            "divided by the score",
        ),
        (lambda score, picture, side, fill: _falls(score, picture, 3, fill), "for others"),
    ],
    "share_inside": [
        (
            lambda maps, where: (maps * where).sum(axis=(1, 2)) / maps.sum(axis=(1, 2)),
            "negative values",
        ),
        (
            lambda maps, where: (np.abs(maps) * where).sum(axis=(1, 2)) / np.abs(maps).sum(axis=(1, 2)),
            "absolute values",
        ),
        (
            lambda maps, where: (
                (np.maximum(maps, 0) * ~where).sum(axis=(1, 2)) / np.maximum(maps, 0).sum(axis=(1, 2))
            ),
            "outside the region",
        ),
        (lambda maps, where: (np.maximum(maps, 0) * where).sum(axis=(1, 2)), "whole map"),
        (
            lambda maps, where: (np.maximum(maps, 0) * where).sum() / np.maximum(maps, 0).sum(),
            "one number is left",
        ),
        (
            lambda maps, where: (np.maximum(maps, 0) * where).sum(axis=(1, 2)) / np.maximum(maps, 0).sum(),
            "over all pictures",
        ),
        (
            lambda maps, where: (
                np.maximum(maps, 0)[:, where].mean(axis=1) / np.maximum(maps, 0).mean(axis=(1, 2))
            ),
            "means in place of sums",
        ),
        (
            lambda maps, where: (
                (np.maximum(maps, 0) * where).sum(axis=(1, 2))
                / (np.maximum(maps, 0) * ~where).sum(axis=(1, 2))
            ),
            "what lies outside",
        ),
        (
            lambda maps, where: ((maps > 0) & where).sum(axis=(1, 2)) / (maps > 0).sum(axis=(1, 2)),
            "counted places",
        ),
        (
            lambda maps, where: ((maps > 0) & where).sum(axis=(1, 2)) / where.sum(),
            "part of the region that is positive",
        ),
        (lambda maps, where: np.full(len(maps), where.mean()), "part of the area"),
        (lambda maps, where: np.maximum(maps, 0) * where, "has the shape"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "grad_cam": [
        lambda a, s: ops.relu(ops.einsum("nhwc,nc->nhw", a, ops.mean(s, axis=(1, 2)))),
        lambda a, s: ops.maximum(ops.sum(a * ops.mean(s, axis=(1, 2))[:, None, None], axis=3), 0),
    ],
    "occlusion_map": [_falls],
    "share_inside": [
        lambda maps, where: (
            np.clip(maps, 0, None)[:, where].sum(axis=1) / np.clip(maps, 0, None).sum(axis=(1, 2))
        ),
    ],
}
