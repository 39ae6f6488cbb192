"""What holds the checks of lesson 04_cnn/5 from outside."""

import numpy as np
from keras import ops


def _adain(content, like, small):
    (cm, cs), (sm, ss) = (
        [told(x, axis=(1, 2), keepdims=True) for told in (ops.mean, ops.std)] for x in (content, like)
    )
    return (content - cm) / (cs + small) * ss + sm


REFUSED = {"adain": [(lambda content, like: _adain(content, like, 0.1), "no small number")]}

ACCEPTED = {"adain": [lambda content, like: _adain(content, like, 1e-3)]}

TYPED = {
    "gram": (
        (np.array([1.0, 2, 0, -1, 3, 1, 1, -1, 2, 0, -1, 1]).reshape(2, 1, 3, 2),),
        10,
        [30, 5, 15, 30, 10, 5, 13.3333, 40, 5.55556, 12.6667, 5, 8, 8],
    ),
    "adain": (
        (
            np.array([1.0, 2, 3, 6, 0, 4, 1, 1]).reshape(2, 1, 2, 2),
            np.array([2.0, 1, 5, 3, 2, 2, 1, 0, 4, 7, 4, 2]).reshape(2, 1, 3, 2),
        ),
        22,
        [22, 21.5643, 43.5643, 0, 18, 0, 22, 22, 22, 22, 27, 22, 22, 22],
    ),
}  # fmt: skip
