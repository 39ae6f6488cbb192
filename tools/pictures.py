"""Draws the pictures of README.md with shipped weights, in about a minute: `python tools/pictures.py`."""

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

    _, labels = data.load("people", "train+validation")
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


def drawn(path):
    """The outlines of 14 test garments, as drawn, and what lesson 4.3's network paints after them."""
    from course_lib import data, weights
    from course_lib.data import outlines
    from course_lib.models import unet

    painter = unet.unet(28, 1, 1, widths=(48, 96), patch=2, outputs="linear")
    weights.load_into(painter, "garment_painter.weights.h5")
    pictures, _ = data.load("fashion", "test")
    drawings = data.signed(outlines.draw(outlines.find(pictures[:14])))
    painted = np.clip(painter.predict(drawings, verbose=0), -1, 1)
    save(np.concatenate([drawings, painted]), 14, 2, path)


def painted(path):
    """A photograph in the manner of The Starry Night, from coarse to fine as in lesson 4.5."""
    from PIL import Image

    from course_lib import data
    from course_lib.models import features, style

    (painting,) = data.load("paintings").values()
    look = style.Style(data.signed(painting), features.efficientnet(style.STYLE_LAYERS))
    photo = style.fit_picture(data.load("photos")["china"], 320, 480)
    wide = np.pad(style.in_colours_of(photo, painting), [(16, 16), (16, 16), (0, 0)], mode="reflect")
    picture = wide
    for smaller, steps in ((4, 80), (2, 100), (1, 120)):
        size = (wide.shape[0] // smaller, wide.shape[1] // smaller)
        content, start = (data.signed(style.fit_picture(p, *size)) for p in (wide, picture))
        picture = data.to_uint8(style.Painting(start, content, look, 0.06, 0.5, seed=1).paint(steps))
    Image.fromarray(picture[16:-16, 16:-16]).save(path, quality=88)


if __name__ == "__main__":
    try:
        env.require_writable(PICTURES, "copy the course to a folder of yours.")
    except OSError as error:
        sys.exit(f"{error}")
    runtime.start(lesson="tools/pictures", seed=1)
    garments(PICTURES / "garments.png")
    people(PICTURES / "people.png")
    coasts(PICTURES / "coasts.png")
    drawn(PICTURES / "drawn.png")
    painted(PICTURES / "painted.jpg")
