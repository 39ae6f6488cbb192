"""Exercises of lesson 04_cnn/4, maps of where a network looks."""

import numpy as np

from course_lib.check.drawn import drawn, ops
from course_lib.check.guard import Wrong
from course_lib.check.kinds import bet


def _occlusion_map(score, picture, side, fill):
    height, width = picture.shape[0] // side, picture.shape[1] // side
    hidden = np.repeat(picture[None], height * width, axis=0)
    for place in range(height * width):
        top, left = side * (place // width), side * (place % width)
        hidden[place, top : top + side, left : left + side] = fill
    before, after = (ops.convert_to_numpy(score(shown)) for shown in (picture[None], hidden))
    return (before - after).reshape(height, width)


def _hide(picture, top, left, side, fill):
    hidden = picture.copy()
    hidden[top : top + side, left : left + side] = fill
    return hidden


def _hide_on(picture, *square):
    picture[:] = _hide(picture, *square)
    return picture.copy()


def _hide_rest(picture, top, left, side, fill):
    shown = np.full_like(picture, fill)
    square = np.s_[top : top + side, left : left + side]
    shown[square] = picture[square]
    return shown


def _before(score, picture):
    return float(ops.convert_to_numpy(score(picture[None]))[0])


def _after(paint):
    """The score of what `paint(picture, top, left, side, fill)` makes for each square."""

    def function(score, picture, side, fill):
        picture = picture.copy()  # `paint` may spoil it
        corners = [[(i, j) for j in range(0, picture.shape[1], side)] for i in range(0, len(picture), side)]
        shown = [paint(picture, *corner, side, fill) for row in corners for corner in row]
        return ops.convert_to_numpy(score(np.stack(shown))).reshape(len(corners), -1)

    return function


def _fall(paint):
    """How far the score falls for what `paint` makes."""
    return lambda *given: _before(*given[:2]) - _after(paint)(*given)


@drawn(
    answer=_occlusion_map, gives="array",
    idea="the square of row i and column j begins at pixel (i · side, j · side): paint it into a fresh "
    "copy, and take that copy's score from the score of the whole picture",
    mistakes=[
        (lambda *given: -_occlusion_map(*given),
         "the sign is flipped: where hiding lowers the score, the map must be positive"),
        (_after(_hide), "this is the score itself: the map holds how far it falls"),
        (lambda *given: np.abs(_occlusion_map(*given)),
         "you took absolute values: hiding a place can raise the score, and that is below 0"),
        (lambda *given: np.maximum(_occlusion_map(*given), 0),
         "you set rises of the score to 0: keep them, below zero"),
        (_fall(_hide_on), "the squares stay: begin each time with a fresh copy of the picture"),
        (_fall(lambda picture, top, left, side, fill: _hide(picture, top, left, side, 0.0)),
         "the square is painted with 0, and not with `fill`"),
        (_fall(lambda picture, top, left, side, fill: _hide(picture, top // side, left // side, side, fill)),
         "your squares lie one pixel apart, and overlap: that of row i begins at pixel i · side"),
        (_fall(lambda picture, top, left, side, fill: _hide(picture, top, left, 1, fill)),
         "one pixel of each square is painted: rows `top : top + side`, and columns alike"),
        (_fall(_hide_rest), "you hid everything but the square: hide the square alone"),
        (_after(_hide_rest), "you showed the square alone: hide it, and show the rest"),
        (lambda *given: _occlusion_map(*given) / _before(*given[:2]),
         "you divided by the score: the fall itself is wanted"),
        (lambda *given: _occlusion_map(*given).T,
         "rows and columns have changed places: row i of the map is the i-th row of squares"),
        (lambda *given: _occlusion_map(*given).ravel(),
         "the falls stand in one row: give the map the shape (h // side, w // side)"),
    ],
    right=[
        _fall(_hide),
        lambda score, picture, side, fill: [
            [score(picture[None])[0] - score(_hide(picture, top, left, side, fill)[None])[0]
             for left in range(0, picture.shape[1], side)] for top in range(0, picture.shape[0], side)
        ],
    ],
)  # fmt: skip
def occlusion_map(rng):
    """How far the score falls when a square hides each place of a picture."""
    for (height, width, channels), side, fill in (((6, 9, 2), 3, -0.5), ((4, 8, 1), 2, 0.25)):
        picture = rng.uniform(-1, 1, (height, width, channels)).astype("float32")
        score = _score(rng, picture.shape)
        yield score, picture, side, fill
        yield lambda pictures, score=score: -score(pictures), picture, side, -1.0  # where it fell, it rises
    yield _score(rng, (2, 2, 1)), rng.uniform(-1, 1, (2, 2, 1)).astype("float32"), 2, -1.0


def _score(rng, shape):
    """A score that is no sum over the places, so that hiding one is not showing it alone."""
    weights = rng.normal(size=shape).astype("float32")

    def score(pictures):
        shown = getattr(pictures, "shape", None)
        if shown is None or len(shown) != 4:
            was = "no array" if shown is None else f"the shape {tuple(shown)}"
            raise Wrong(
                f"the score was given {was}: it takes an array of pictures, (n, h, w, c); a single one is "
                "picture[None], and np.stack makes an array of a list"
            )
        total = ops.sum(ops.multiply(ops.convert_to_tensor(pictures, "float32"), weights), axis=(1, 2, 3))
        return total + 0.05 * total * total

    return score


def _what_survives():
    return {"survivor": "gradient × input", "likeness": 0.9}


@bet(answer=_what_survives, survivor=("Grad-CAM", "gradient", "gradient × input"), likeness=[-1, 1])
def what_survives():
    """Which map changes least when every weight is destroyed, and how alike are it before and after?"""


def _share_inside(maps, where):
    positive = np.maximum(maps, 0)
    return (positive * where).sum(axis=(1, 2)) / positive.sum(axis=(1, 2))


def _shares(of):
    """The share of what is made of the maps in place of their positive values."""
    return lambda maps, where: (of(maps) * where).sum(axis=(1, 2)) / of(maps).sum(axis=(1, 2))


def _sums(formula):
    """A formula of the sums of the positive values inside and of all, one a map."""
    return lambda maps, where: formula(
        (np.maximum(maps, 0) * where).sum(axis=(1, 2)), np.maximum(maps, 0).sum(axis=(1, 2))
    )


def _area(where):
    return where.mean(axis=(-2, -1))


@drawn(
    answer=_share_inside,
    idea="cut what is below 0, then divide two sums over each map's places: the region's by that of all",
    mistakes=[
        (_shares(lambda maps: maps), "negative values are still counted: set them to 0 first"),
        (_shares(np.abs),
         "you took absolute values: what speaks against the class does not belong to the map"),
        (_shares(lambda maps: maps > 0), "you counted places: add up their values"),
        (_sums(lambda inside, total: 1 - inside / total), "this is the share outside the region"),
        (_sums(lambda inside, total: inside), "divide by the sum of the whole map"),
        (_sums(lambda inside, total: inside / total.sum()),
         "you divided by the sum over all pictures: every map is its own whole"),
        (_sums(lambda inside, total: inside.sum() / total.sum()),
         "one number is left: every picture has a share of its own, so sum over axes (1, 2)"),
        (lambda maps, where: _share_inside(maps, where) / _area(where),
         "you took means in place of sums: this is how much denser the map is inside than overall"),
        (_sums(lambda inside, total: inside / (total - inside)),
         "you divided by what lies outside: divide by the whole map"),
        (lambda maps, where: ((maps > 0) & where).mean(axis=(1, 2)) / _area(where),
         "this is the part of the region that is positive: the part of the map's sum is wanted"),
        (lambda maps, where: np.ones(len(maps)) * _area(where),
         "this is the region's part of the area: the maps are not used"),
        (lambda maps, where: np.maximum(maps, 0) * where,
         "this is the map inside the region: add up its places, axis=(1, 2), and divide by the whole"),
        (lambda maps, where: np.nan_to_num(_share_inside(maps, where)),
         "a map without any value above 0 has no share, which 0 would hide: return NaN for it"),
        (lambda maps, where: maps.clip(0)[:, where].sum(axis=1) / maps.clip(0).sum(axis=(1, 2)),
         "`maps[:, where]` works where one region serves all maps: for a region each, (n, h, w), multiply"),
    ],
    right=[
        lambda maps, where: np.where(where & (maps > 0), maps, 0).sum((1, 2)) / maps.clip(0).sum((1, 2)),
        lambda maps, where: [
            one[region].clip(0).sum() / one.clip(0).sum() if (one > 0).any() else np.nan
            for one, region in zip(maps, np.broadcast_to(where, maps.shape), strict=True)
        ],
    ],
)  # fmt: skip
def share_inside(rng):
    """Which part of a map's positive values lies inside a region, for each picture."""
    corner = np.zeros((5, 6), bool)
    corner[:2, 3:] = True
    yield rng.normal(0.4, 1.0, (4, 5, 6)), corner
    each = rng.uniform(size=(3, 4, 2)) < 0.6
    each[:, 0] = [True, False]
    yield rng.normal(0.4, 1.0, (3, 4, 2)), each
    maps = rng.normal(0.2, 1.0, (3, 5, 6))
    maps[1] = -np.abs(maps[1])
    yield maps, ~corner
    yield 1e-3 * np.abs(rng.normal(size=(2, 5, 6))), np.ones((5, 6), bool)
