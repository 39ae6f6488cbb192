"""Draws the pictures of README.md with shipped weights: `python tools/pictures.py`."""

import env

if __name__ == "__main__":
    env.enter("main")

import sys

sys.path.insert(0, str(env.ROOT))

from course_lib import runtime

PICTURES = env.ROOT / "docs" / "pictures"


def garments(path):
    """48 garments that the generator of lesson 1.1 draws, not chosen, twice enlarged."""
    import keras
    from PIL import Image

    from course_lib import callbacks, weights
    from course_lib.models import gan

    generator = gan.dense_generator()
    weights.load_into(generator, "dense_gan.weights.h5")
    latents = keras.random.normal((48, 64), seed=11)
    sheet = Image.fromarray(callbacks.tile(generator.predict(latents, verbose=0), columns=16))
    sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.LANCZOS).save(path, optimize=True)


if __name__ == "__main__":
    runtime.start(lesson="tools/pictures", seed=1)
    PICTURES.mkdir(parents=True, exist_ok=True)
    garments(PICTURES / "garments.png")
