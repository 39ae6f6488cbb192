"""Style transfer: a painting's look as numbers, a picture that is trained, and a network that paints at once.

Style is the Gram matrix of feature maps (Gatys, Ecker, Bethge, CVPR 2016), content the maps themselves; the
fast network is that of Johnson, Alahi, Fei-Fei (ECCV 2016, 1603.08155) with instance normalisation
(Ulyanov, Vedaldi, Lempitsky, 2016, 1607.08022).
"""

from __future__ import annotations

import keras
import numpy as np
import scipy
from keras import layers, ops
from PIL import Image

from course_lib import data
from course_lib.training import Model

STYLE_LAYERS = ("stem", "block1", "block3", "block5", "block8")
CONTENT_LAYER = "block8"
HELD_OUT = ("boats", "chelsea", "china")  # photographs that the shipped stylizer has not seen
EDGE = 8  # mirrored pixels around a picture in training
MARGIN = 32  # and in use


def gram(maps):
    """Which channels are active together, wherever that is: `(n, h, w, c)` to `(n, c, c)`.

    Entry (i, j) is the mean over all positions of the product of channels i and j.
    """
    flat = ops.reshape(maps, (ops.shape(maps)[0], -1, ops.shape(maps)[-1]))  # (n, h·w, c)
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(ops.shape(flat)[1], flat.dtype)


def relative_error(made, right):
    """The squared error of each example as a share of the right answer's square, `(n,)`."""
    axes = tuple(range(1, len(made.shape)))
    return ops.sum(ops.square(made - right), axis=axes) / ops.sum(ops.square(right), axis=axes)


def total_variation(pictures):
    """The mean squared difference of neighbouring pixels, down plus across, `(n,)`."""
    down = ops.mean(ops.square(pictures[:, 1:] - pictures[:, :-1]), axis=(1, 2, 3))
    across = ops.mean(ops.square(pictures[:, :, 1:] - pictures[:, :, :-1]), axis=(1, 2, 3))
    return down + across


def adain(content, style, epsilon: float = 1e-5):
    """`content` with the mean and spread of each channel of `style`; both `(n, h, w, c)`.

    Huang, Belongie, ICCV 2017, 1703.06868. On pixels it gives a photograph the colours of a painting.
    """
    mean, variance = ops.moments(content, axes=(1, 2), keepdims=True)  # (n, 1, 1, c)
    style_mean, style_variance = ops.moments(style, axes=(1, 2), keepdims=True)
    return (content - mean) * ops.sqrt((style_variance + epsilon) / (variance + epsilon)) + style_mean


def fit_picture(picture, height: int, width: int):
    """uint8 `(h, w, 3)` as `(height, width, 3)`: the largest middle part of that shape, scaled."""
    h, w = picture.shape[:2]
    scale = min(h / height, w / width)
    top, left = (h - scale * height) / 2, (w - scale * width) / 2
    box = (left, top, left + scale * width, top + scale * height)
    image = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS, box=box)
    return np.asarray(image)


def scrambled(picture, seed: int = 1) -> np.ndarray:
    """A picture uint8 `(h, w, 3)` with every one of its Fourier waves moved by a random length.

    Spectrum and colours stay (but for what leaves the range of pixels), lines and strokes are gone. A measure
    that cannot tell the two apart does not see strokes.
    """
    pixels = data.signed(picture)
    waves = np.fft.rfft2(pixels, axes=(0, 1))  # (h, w // 2 + 1, 3)
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal(picture.shape[:2]))
    moved = waves * np.exp(1j * np.angle(noise))[..., None]  # all colours alike
    moved[0, 0] = waves[0, 0]  # the mean is no wave
    made = np.fft.irfft2(moved, s=picture.shape[:2], axes=(0, 1))
    return data.to_uint8(made.clip(-1, 1).astype("float32"))


def coherence(picture) -> np.ndarray:
    """How far the brightness around each pixel of a picture uint8 `(h, w, 3)` changes in one direction only.

    Of the structure tensor, the mean product of the brightness' slopes over some ten pixels around, with the
    eigenvalues a and b: (a - b) / (a + b). 1 within a straight stroke, 0 where all directions are alike.

    Returns:
        float64 `(h, w)`, from 0 to 1.
    """
    grey = data.signed(picture) @ np.array([0.299, 0.587, 0.114])
    down, right = (scipy.ndimage.gaussian_filter(grey, 1, order=order) for order in ((1, 0), (0, 1)))
    xx, xy, yy = (scipy.ndimage.gaussian_filter(part, 4) for part in (right**2, right * down, down**2))
    return np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1e-9)


class Style:
    """What a network sees of a painting, and how far pictures are from it.

    Args:
        painting: float `(h, w, 3)` in [-1, 1]; its brush strokes should be as wide, in pixels, as wanted.
        network: from pictures `(n, h, w, 3)` to a dict of feature maps.
        style_layers: names of the maps whose Gram matrices are compared.
        content_layer: name of the map that is compared position by position.
        transform: a function of a map, applied before anything is compared.
    """

    def __init__(
        self, painting, network, style_layers=STYLE_LAYERS, content_layer=CONTENT_LAYER, transform=None
    ):
        self.network = network
        self.style_layers = tuple(style_layers)
        self.content_layer = content_layer
        self.transform = transform or (lambda maps: maps)
        maps = self.maps(ops.convert_to_tensor(painting)[None])
        self.grams = {name: gram(maps[name]) for name in self.style_layers}  # (1, c, c) each

    def maps(self, pictures):
        """The maps of pictures `(n, h, w, 3)` by name."""
        return {name: self.transform(maps) for name, maps in self.network(pictures).items()}

    def style_loss(self, maps):
        """The mean over the layers of the Gram matrices' relative error, `(n,)`."""
        errors = [relative_error(gram(maps[name]), self.grams[name]) for name in self.style_layers]
        return sum(errors) / len(errors)

    def content_loss(self, maps, target):
        """The relative error of the content layer's map, `(n,)`; `target` is the photograph's map."""
        return relative_error(maps[self.content_layer], target)


def shifted(pictures, places, reach: int):
    """Pictures moved by whole pixels: `places`, two numbers from 0 to 1, are -reach to +reach.

    What comes in at an edge is its mirror image. A network with strides meets some pixels in more of its
    windows than others; over many moves each pixel has stood in every place of the stride.
    """
    moved = ops.cast(ops.floor(places * (2 * reach + 1)), "int32") - reach
    for axis in (1, 2):
        last = pictures.shape[axis] - 1
        places_from = ops.abs(ops.arange(last + 1) + moved[axis - 1])
        pictures = ops.take(pictures, last - ops.abs(last - places_from), axis=axis)
    return pictures


class Painting(Model):
    """A picture whose pixels are the weights that training changes.

    Args:
        start: the picture to begin with, float `(h, w, 3)` in [-1, 1].
        content: the photograph that gives the content, of the same shape.
        style: a `Style`.
        content_weight, smoothness: of the content loss and of the total variation; the style loss has 1.
        reach: how far the picture is moved at random, in pixels, before the network looks; 0 is not at all.
        seed: of the random moves.
    """

    log_names = ("loss", "style", "content")
    default_rate = 0.05

    def __init__(
        self, start, content, style, content_weight=0.03, smoothness=0.0, reach=4, seed=None, **kwargs
    ):
        super().__init__(seed=seed, **kwargs)
        self.style = style
        self.content_weight = content_weight
        self.smoothness = smoothness
        self.reach = reach
        self.content = ops.convert_to_tensor(content)[None]  # (1, h, w, 3)
        self.pixels = self.add_weight(name="pixels", shape=(1, *start.shape), initializer="zeros")
        self.pixels.assign(start[None])
        self.built = True

    def step(self, batch):
        places = self.uniform_noise((2,))
        target = self.style.maps(shifted(self.content, places, self.reach))[self.style.content_layer]

        def loss():
            picture = ops.convert_to_tensor(self.pixels)
            maps = self.style.maps(shifted(picture, places, self.reach))
            style = self.style.style_loss(maps)[0]
            content = self.style.content_loss(maps, target)[0]
            total = style + self.content_weight * content
            total = total + self.smoothness * total_variation(picture)[0]
            return total, {"style": style, "content": content}

        logs = self.descend(loss)
        self.pixels.assign(ops.clip(self.pixels, -1.0, 1.0))
        return logs

    def paint(self, steps: int, rate: float = 0.06):
        """Takes `steps` steps of Adam, whose rate falls from `rate` to a tenth along a cosine.

        Returns:
            The picture, float `(h, w, 3)` in [-1, 1].
        """
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.1)
        self.compile(keras.optimizers.Adam(schedule))
        self.history_of_losses = self.fit(
            np.zeros((1, 1), "float32"), epochs=steps, steps_per_epoch=1, verbose=0
        )
        return self.picture()

    def picture(self):
        """The picture as it stands, float `(h, w, 3)` in [-1, 1]."""
        return ops.convert_to_numpy(self.pixels)[0]


def stylizer(width: int = 64, blocks: int = 4) -> keras.Model:
    """A network from photographs `(n, h, w, 3)` to what must be added to each; h and w are multiples of 4.

    Two halvings, `blocks` residual blocks, two doublings; the change is 0 before training. Instance
    normalisation gives every picture the same contrast in each channel.
    """

    def convolution(x, filters, kernel, stride=1, **options):
        return layers.Conv2D(filters, kernel, stride, padding="same", **options)(x)

    def normal(x):
        return layers.GroupNormalization(groups=-1, epsilon=1e-5)(x)  # each channel of each picture

    picture = keras.Input((None, None, 3))
    x = ops.pad(picture, [[0, 0], [EDGE, EDGE], [EDGE, EDGE], [0, 0]], mode="reflect")
    x = layers.ReLU()(normal(convolution(x, width // 2, 5, 2)))  # h/2 × w/2 × 32
    x = layers.ReLU()(normal(convolution(x, width, 3, 2)))  # h/4 × w/4 × 64
    for _ in range(blocks):
        y = layers.ReLU()(normal(convolution(x, width, 3)))
        x = layers.Add()([x, normal(convolution(y, width, 3))])
    x = layers.UpSampling2D()(x)
    x = layers.ReLU()(normal(convolution(x, width // 2, 3)))  # h/2 × w/2 × 32
    x = layers.UpSampling2D()(x)
    change = convolution(x, 3, 5, kernel_initializer="zeros")  # h × w × 3
    return keras.Model(picture, layers.Cropping2D(EDGE)(change), name="stylizer")


class Stylizer(Model):
    """Trains a network to paint in one style, whatever the photograph.

    Called on photographs it returns paintings, float `(n, h, w, 3)` in [-1, 1].

    Args:
        network: for example `stylizer()`.
        style: a `Style`.
        content_weight, smoothness: as for `Painting`.
        grain: spread of the noise that is added to a photograph; without it an even sky stays even.
        seed: of everything random in training.
    """

    log_names = ("loss", "style", "content")

    def __init__(self, network, style, content_weight=0.1, smoothness=0.0, grain=0.1, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.grain = grain
        self.network = network
        self.style = style
        self.content_weight = content_weight
        self.smoothness = smoothness
        self.built = True

    def call(self, photographs, training=False):
        # The same noise for every picture: else an even wall flickers in a film.
        grain = self.grain * keras.random.normal((1, *photographs.shape[1:]), seed=1)
        return self.paint(photographs, grain)

    def paint(self, photographs, grain):
        """Paintings of photographs `(n, h, w, 3)`; `grain` is the noise that the network sees added."""
        # The network paints the edge of what it gets otherwise than the middle: give it more, cut it off.
        around = [[0, 0], [MARGIN, MARGIN], [MARGIN, MARGIN], [0, 0]]
        seen = ops.pad(ops.convert_to_tensor(photographs + grain), around, mode="reflect")
        change = self.network(seen, training=False)[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
        return ops.clip(photographs + change, -1.0, 1.0)

    def step(self, photographs):
        places = self.uniform_noise((2,))
        target = self.style.maps(shifted(photographs, places, 4))[self.style.content_layer]
        grain = self.grain * self.noise(ops.shape(photographs))

        def loss():
            made = photographs + self.network(photographs + grain, training=True)
            maps = self.style.maps(shifted(made, places, 4))
            style = ops.mean(self.style.style_loss(maps))
            content = ops.mean(self.style.content_loss(maps, target))
            total = style + self.content_weight * content
            total = total + self.smoothness * ops.mean(total_variation(made))
            return total, {"style": style, "content": content}

        return self.descend(loss)


def crops(photos, painting, number: int, size: int = 128, height: int = 320, seed: int = 1):
    """Square cut-outs of photographs in a painting's colours, uint8 `(number, size, size, 3)`.

    Args:
        photos: uint8 pictures `(h, w, 3)`, taken in turn; each is scaled to `height` pixels first.
        painting: uint8 `(h, w, 3)`: the mean and spread of its channels become the photographs' (`adain`).
        number, size: how many, and how large. Half of them, at random, are mirrored.
    """
    rng = np.random.default_rng(seed)
    ready = []
    for photo in photos:
        width = round(photo.shape[1] * height / photo.shape[0])
        ready.append(in_colours_of(fit_picture(photo, height, width), painting))
    made = np.empty((number, size, size, 3), np.uint8)
    for index in range(number):
        photo = ready[index % len(ready)]
        top, left = (rng.integers(0, side - size + 1) for side in photo.shape[:2])
        crop = photo[top : top + size, left : left + size]
        made[index] = crop[:, ::-1] if rng.random() < 0.5 else crop
    return made


def in_colours_of(photo, painting):
    """uint8 `(h, w, 3)`: the photograph with the mean and spread of the painting's channels (`adain`)."""
    made = adain(*(ops.convert_to_tensor(data.signed(picture)[None]) for picture in (photo, painting)))
    return data.to_uint8(ops.convert_to_numpy(made)[0])
