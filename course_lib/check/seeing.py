"""Exercises of lesson 04_cnn/4, maps of where a network looks."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, same, shaped, tensors
from course_lib.check.guard import Wrong


def _grad_cam(activations, slopes):
    from keras import ops

    weights = ops.mean(slopes, axis=(1, 2), keepdims=True)
    return ops.relu(ops.sum(weights * activations, axis=-1))


def _occlusion_map(score, picture, side, fill):
    from keras import ops

    height, width = picture.shape[0] // side, picture.shape[1] // side
    hidden = np.repeat(picture[None], height * width, axis=0)
    for place in range(height * width):
        top, left = side * (place // width), side * (place % width)
        hidden[place, top : top + side, left : left + side] = fill
    before, after = (ops.convert_to_numpy(score(shown)) for shown in (picture[None], hidden))
    return (before - after).reshape(height, width)


def _share_inside(maps, where):
    positive = np.maximum(maps, 0)
    return (positive * where).sum(axis=(1, 2)) / positive.sum(axis=(1, 2))


@exercise(answer=_grad_cam)
def grad_cam(attempt):
    """Grad-CAM: channels weighted by their mean slope, added up, and what is negative set to 0."""
    rng = np.random.default_rng(1)
    a = rng.normal(0.3, 1.0, (3, 4, 5, 6)).astype("float32")  # a layer without ReLU has both signs
    s = (rng.normal(0, 1.0, (3, 4, 5, 6)) + rng.normal(0, 0.6, (3, 1, 1, 6))).astype("float32")
    hints = {
        (3, 4, 5, 6): "every channel still has a map of its own: sum over the channels, axis=-1",
        (3, 6): "these are numbers of the channels, one a picture: they are the weights of a sum",
    }
    values = shaped(attempt(*tensors(a, s)), (3, 4, 5), "one map a picture", hints)
    weights = s.mean(axis=(1, 2), keepdims=True)
    plain = (weights * a).sum(axis=-1)
    right = np.maximum(plain, 0)
    every = s.mean(axis=(0, 1, 2), keepdims=True)
    mistakes = [
        (plain, "the ReLU is missing: places that speak against the class are still in the map"),
        (np.maximum(-plain, 0), "the sign is flipped: this map shows what speaks against the class"),
        (np.abs(plain), "you took absolute values: what speaks against the class must become 0"),
        (
            np.maximum(weights * a, 0).sum(axis=-1),
            "the ReLU comes too early: first add the channels, those against the class too, then cut",
        ),
        (
            (np.maximum(weights, 0) * a).sum(axis=-1),
            "you cut the weights: channels that speak against the class must stay in the sum",
        ),
        (
            np.maximum((s * a).sum(axis=-1), 0),
            "you multiplied place by place: a channel has one weight, its slope's mean over all places",
        ),
        (20 * right, "you summed the slopes over the places: Grad-CAM takes their mean, axis=(1, 2)"),
        (right / 6, "you averaged over the channels: add them up"),
        (
            np.maximum((every * a).sum(axis=-1), 0),
            "you averaged the slopes over the pictures as well: every picture has weights of its own",
        ),
        (
            np.maximum((a.mean(axis=(1, 2), keepdims=True) * s).sum(axis=-1), 0),
            "activations and slopes have changed places: the mean is that of the slopes",
        ),
        (
            np.maximum(a.sum(axis=-1), 0),
            "the slopes are not used: this map would be the same for every class",
        ),
    ]
    compare(values, right, mistakes, "the value is not ReLU(Σ mean slope · activation)")
    other = np.maximum((s[:2, :3, :2].mean(axis=(1, 2), keepdims=True) * a[:2, :3, :2]).sum(axis=-1), 0)
    if not same(array(attempt(*tensors(a[:2, :3, :2], s[:2, :3, :2]))), other):
        raise Wrong("right for one shape, wrong for others: take sizes from the arguments")


@exercise(answer=_occlusion_map)
def occlusion_map(attempt):
    """How far the score falls when a square hides each place of a picture."""
    rng = np.random.default_rng(2)
    picture = rng.uniform(-1, 1, (6, 9, 2)).astype("float32")
    kernel = rng.normal(size=(6, 9, 2))

    def score(pictures):
        pictures = np.asarray(pictures, "float64")
        if pictures.ndim != 4:
            raise Wrong(
                f"the score was given the shape {pictures.shape}: it takes pictures, (n, h, w, c); a "
                "single one is picture[None]"
            )
        return np.tanh((pictures * kernel).sum(axis=(1, 2, 3)) / 4)

    side, fill = 3, -0.5
    hints = {(3, 2): "rows and columns have changed places: row i of the map is the i-th row of squares"}
    meant = "one number for each square of side 3 in 6×9 pixels"
    values = shaped(attempt(score, picture.copy(), side, fill), (2, 3), meant, hints)

    def each(paint):
        return np.array([[score(paint(i, j)[None])[0] for j in range(3)] for i in range(2)])

    def hide(i, j, value=fill):
        return np.where(_square(6, 9, side, i, j), np.float32(value), picture)

    running = picture.copy()

    def hide_on(i, j):
        running[_square(6, 9, side, i, j)[..., 0]] = fill
        return running

    def only(i, j):
        return np.where(_square(6, 9, side, i, j), picture, np.float32(fill))

    before = score(picture[None])[0]
    right = before - each(hide)
    mistakes = [
        (-right, "the sign is flipped: where hiding lowers the score, the map must be positive"),
        (before - right, "this is the score itself: the map holds how far it falls"),
        (np.abs(right), "you took absolute values: hiding a place can raise the score, and that is below 0"),
        (np.maximum(right, 0), "you set rises of the score to 0: keep them, below zero"),
        (before - each(hide_on), "the squares stay: begin each time with a fresh copy of the picture"),
        (before - each(lambda i, j: hide(i, j, 0.0)), "the square is painted with 0, and not with `fill`"),
        (before - each(only), "you hid everything but the square: hide the square alone"),
        (each(only), "you showed the square alone: hide it, and show the rest"),
        (right / before, "you divided by the score: the fall itself is wanted"),
    ]
    compare(values, right, mistakes, "the value is not score(picture) - score(picture with the square)")
    other, kernel = picture[:4, :8], kernel[:4, :8]
    hidden = [np.where(_square(4, 8, 2, i, j), np.float32(0.25), other) for i in range(2) for j in range(4)]
    wanted = (score(other[None]) - score(hidden)).reshape(2, 4)
    if not same(array(attempt(score, other.copy(), 2, 0.25)), wanted):
        raise Wrong("right for one size, wrong for others: take side, height and width from the arguments")


def _square(height, width, side, i, j):
    """Booleans `(height, width, 1)`, true inside the square of row i and column j."""
    rows, columns = np.indices((height, width)) // side
    return ((rows == i) & (columns == j))[..., None]


@exercise(answer=_share_inside)
def share_inside(attempt):
    """Which part of a map's positive values lies inside a region, for each picture."""
    rng = np.random.default_rng(3)
    maps = rng.normal(0.4, 1.0, (4, 5, 6))
    where = np.zeros((5, 6), bool)
    where[:2, 3:] = True
    hints = {(): "one number is left: every picture has a share of its own, so sum over axes (1, 2)"}
    values = shaped(attempt(maps.copy(), where.copy()), (4,), "one number a map", hints)
    positive = np.maximum(maps, 0)
    inside, total = (positive * where).sum(axis=(1, 2)), positive.sum(axis=(1, 2))
    right = inside / total
    area = where.mean()
    mistakes = [
        (
            (maps * where).sum(axis=(1, 2)) / maps.sum(axis=(1, 2)),
            "negative values are still counted: set them to 0 first",
        ),
        (
            (np.abs(maps) * where).sum(axis=(1, 2)) / np.abs(maps).sum(axis=(1, 2)),
            "you took absolute values: what speaks against the class does not belong to the map",
        ),
        (1 - right, "this is the share outside the region"),
        (inside, "divide by the sum of the whole map"),
        (inside / positive.sum(), "you divided by the sum over all pictures: every map is its own whole"),
        (
            right / area,
            "you took means in place of sums: this is how much denser the map is inside than overall",
        ),
        (inside / (total - inside), "you divided by what lies outside: divide by the whole map"),
        (
            ((maps > 0) & where).sum(axis=(1, 2)) / (maps > 0).sum(axis=(1, 2)),
            "you counted places: add up their values",
        ),
        (
            ((maps > 0) & where).sum(axis=(1, 2)) / where.sum(),
            "this is the part of the region that is positive: the part of the map's sum is wanted",
        ),
        (np.full(4, area), "this is the region's part of the area: the maps are not used"),
    ]
    compare(values, right, mistakes, "the value is not the sum inside over the sum of the positive map")
    if not same(array(attempt(maps.copy(), np.ones((5, 6), bool))), np.ones(4)):
        raise Wrong("where the region is the whole picture, the share must be 1")
    if not same(array(attempt(10 * maps[:1, :, ::-1], where[:, ::-1])), right[:1]):
        raise Wrong("ten times the map must give the same share, and a mirrored one in a mirrored region too")
