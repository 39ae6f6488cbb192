"""What holds the checks of lesson 04_cnn/4 from outside."""

import numpy as np
from keras import ops

REFUSED = {
    "occlusion_map": [(lambda score, picture, side, fill: score(picture), "takes an array of pictures")],
    "share_inside": [
        (lambda maps, where: (maps.clip(0) * where).sum((1, 2)) / (maps.clip(0).sum((1, 2)) + 1e-9), "NaN")
    ],
}

TYPED = {
    "occlusion_map": (
        (
            lambda pictures: ops.sum(ops.convert_to_tensor(pictures, "float32") ** 2, axis=(1, 2, 3)),
            np.array([[1.0, 2, 0, 1, 2, -2], [0, 1, 3, -1, 1, 0]])[..., None],
            2,
            -1.5,
        ),
        -1,
        [1, 79, 5, 2, -5, 26, 4, -1.75, -2, 80, -0.0384615, -1, -1],
    ),
    "share_inside": (
        (np.array([[[1.0, -1, 3]], [[2, -4, 1]]]), np.array([[True, True, False]])),
        0.916667,
        [2, 1.25714, 1, 1.08333, 3, 0.428571, 0.428571, 1.375, 2.33333, 1, 1.33333, 3, 0.916667, 0.916667],
    ),
}
