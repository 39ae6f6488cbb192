"""Draws the pictures of README.md with shipped weights: `python tools/pictures.py`."""

import env

if __name__ == "__main__":
    env.enter("main")

import sys

import numpy as np

sys.path.insert(0, str(env.ROOT))

from course_lib import runtime

PICTURES = env.ROOT / "docs" / "pictures"


def save(pictures, columns, zoom, path):
    """Writes pictures in [-1, 1] as one sheet, `zoom` times enlarged."""
    from PIL import Image

    from course_lib import callbacks

    sheet = Image.fromarray(callbacks.tile(pictures, columns))
    size = (zoom * sheet.width, zoom * sheet.height)
    sheet.resize(size, Image.Resampling.LANCZOS).save(path, optimize=True)


def garments(path):
    """48 garments that the generator of lesson 1.1 draws, not chosen, twice enlarged."""
    import keras

    from course_lib import weights
    from course_lib.models import gan

    generator = gan.dense_generator()
    weights.load_into(generator, "dense_gan.weights.h5")
    latents = keras.random.normal((48, 64), seed=11)
    save(generator.predict(latents, verbose=0), 16, 2, path)


def people(path):
    """28 people that lesson 1.4's generator draws, for orders that the data hold, not chosen."""
    import keras

    from course_lib import data, weights
    from course_lib.models import gan

    _, labels = data.load("people", "train")
    orders = data.one_hot("people", labels)
    generator = gan.conditional_generator(orders.shape[1])
    weights.load_into(generator, "people_gan.weights.h5")
    chosen = np.random.default_rng(1).choice(len(orders), 28)
    latents = keras.random.normal((28, 64), seed=11)
    save(generator.predict([latents, orders[chosen]], verbose=0), 14, 1, path)


def coasts(path):
    """14 views that lesson 1.4's generator draws when asked for half sea and half land, not chosen."""
    import keras

    from course_lib import weights
    from course_lib.models import gan

    generator = gan.conditional_generator(2, smooth=True)
    weights.load_into(generator, "earth_gan.weights.h5")
    latents = keras.random.normal((14, 64), seed=11)
    save(generator.predict([latents, np.full((14, 2), 0.5)], verbose=0), 14, 1, path)


if __name__ == "__main__":
    runtime.start(lesson="tools/pictures", seed=1)
    PICTURES.mkdir(parents=True, exist_ok=True)
    garments(PICTURES / "garments.png")
    people(PICTURES / "people.png")
    coasts(PICTURES / "coasts.png")
