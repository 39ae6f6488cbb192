"""Finding things on a picture: canvases with garments, boxes, a network, and how detections are scored.

A *box* is `(left, top, right, bottom)` in pixels, with the origin at the picture's upper left corner.
Its numbers are edges: the pixel in column 3 reaches from 3 to 4, so `right - left` is the width.
A *detector's grid* divides the canvas into square cells of `STRIDE` pixels; each cell may announce one
box (Redmon, Divvala, Girshick and Farhadi, *You only look once*, CVPR 2016, 1506.02640).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import keras
import numpy as np
import scipy
from keras import layers, ops
from PIL import Image, ImageDraw

from course_lib.data.pictures import cut_out
from course_lib.models.cnn import block

STRIDE = 8  # pixels of the canvas to a cell of the grid
SIZE = 80  # pixels to a side of a canvas
MOST = 4  # garments on a canvas
TYPICAL = 20.0  # pixels; sizes are predicted as logarithms of their ratio to this
NEAR = 6.0  # pixels: cells whose middle is so near a garment's middle, both ways, announce it


class Canvases(NamedTuple):
    """What `canvases` returns: n pictures, and what stands where on them.

    pictures: uint8 `(n, size, size, 1)`. boxes: float32 `(n, MOST, 4)`, zeros where there is no garment.
    labels: int32 `(n, MOST)`, the kind of each garment, -1 where there is none.
    """

    pictures: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray


class Detections(NamedTuple):
    """What was found on one canvas, the surest first.

    boxes: `(k, 4)`. scores: `(k,)`, from 0 to 1, how sure it is that something is there. kinds:
    `(k, classes)`, how probable each kind is of what is there.
    """

    boxes: np.ndarray
    scores: np.ndarray
    kinds: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The likeliest kind of each, `(k,)`."""
        return self.kinds.argmax(axis=1)


def canvases(pictures, labels, number: int, seed: int = 0, size: int = SIZE) -> Canvases:
    """Canvases with one to four garments on a cloudy, noisy background crossed by a few lines.

    A garment is 14 to 28 pixels high and wide before its black edge is cut away; its box is tight around
    what is left. Two boxes on a canvas share at most a tenth of their union.

    Args:
        pictures: garments, uint8 `(m, 28, 28, 1)`; each may be used several times.
        labels: their kinds, `(m,)`.
        number: of canvases.
        seed: decides everything.
        size: pixels to a side, at least 64 and a multiple of 8.

    Raises:
        ValueError: for pictures of another shape or type, or a size that does not fit.
    """
    pictures, labels = np.asarray(pictures), np.asarray(labels)
    if pictures.dtype != np.uint8 or pictures.shape[1:] != (28, 28, 1) or not len(pictures):
        raise ValueError(
            "canvases needs garments as uint8 (m, 28, 28, 1), as data.load gives them, not "
            f"{pictures.dtype} {pictures.shape}."
        )
    if size < 64 or size % STRIDE:
        raise ValueError(f"size must be a multiple of {STRIDE} from 64 up, not {size}.")
    rng = np.random.default_rng(seed)
    made = np.zeros((number, size, size, 1), np.uint8)
    boxes = np.zeros((number, MOST, 4), np.float32)
    kinds = np.full((number, MOST), -1, np.int32)
    for canvas, places, names in zip(made, boxes, kinds, strict=True):
        paper = _background(rng, size)
        placed = 0
        for index in rng.integers(0, len(pictures), rng.integers(1, MOST + 1)):
            garment = cut_out(pictures[index, :, :, 0], int(rng.integers(14, 29)), black=24)
            box = _place(rng, garment.shape, places[:placed], size)
            if box is None:
                continue
            left, top, right, bottom = box
            part = paper[top:bottom, left:right]
            # Dark cloth hides the background too, so the edge is soft rather than a maximum.
            cover = np.minimum(garment / 48, 1)
            part[:] = cover * garment + (1 - cover) * part
            places[placed], names[placed] = box, labels[index]
            placed += 1
        canvas[:, :, 0] = np.clip(paper + rng.normal(0, 8, paper.shape), 0, 255)
    return Canvases(made, boxes, kinds)


def _background(rng, size):
    """Clouds of grey up to about 70, and one to four thin lines of any grey; float64 `(size, size)`."""
    coarse = rng.uniform(0, rng.uniform(10, 90), (6, 6))
    paper = Image.fromarray(coarse.astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(paper)
    for _ in range(rng.integers(1, 5)):
        ends = [float(end) for end in rng.uniform(0, size, 4)]
        draw.line(ends, fill=float(rng.uniform(40, 220)), width=int(rng.integers(1, 3)))
    return np.asarray(paper, np.float64).copy()


def _place(rng, shape, taken, size):
    """A box of this shape that hardly meets those in `taken` `(k, 4)`, or None after twenty tries."""
    height, width = shape
    for _ in range(20):
        left, top = int(rng.integers(0, size - width + 1)), int(rng.integers(0, size - height + 1))
        box = np.array([left, top, left + width, top + height])
        if not len(taken) or overlaps(box[None], taken).max() <= 0.1:
            return box
    return None


def overlaps(boxes, others) -> np.ndarray:
    """Intersection over union of every box `(n, 4)` with every other `(m, 4)`: `(n, m)`, from 0 to 1.

    The area that two boxes share, divided by the area that they cover together. Boxes without area
    overlap nothing.
    """
    boxes, others = np.asarray(boxes, np.float64), np.asarray(others, np.float64)
    corner = np.maximum(boxes[:, None, :2], others[None, :, :2])
    opposite = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.maximum(opposite - corner, 0), axis=-1)  # (n, m)
    areas = [np.prod(np.maximum(b[:, 2:] - b[:, :2], 0), axis=-1) for b in (boxes, others)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


# --- The grid ------------------------------------------------------------------------------------


def targets(boxes, labels, size: int = SIZE) -> np.ndarray:
    """What each cell of the grid should say, float32 `(n, rows, columns, 6)`, of boxes `(n, MOST, 4)`.

    Channel 0 is 1 where the cell announces a garment: where its middle lies within `NEAR` pixels of
    the garment's, both ways (one to four cells); else 0, and so are the others. Channels 1 and 2: from
    the cell's middle to the garment's, right and down, in cells. Channels 3 and 4: logarithm of width
    and of height over `TYPICAL`. Channel 5: the kind.

    Where two garments want one cell, the nearer has it.
    """
    boxes, labels = np.asarray(boxes, np.float32), np.asarray(labels)
    side = size // STRIDE
    middles = (np.arange(side) + 0.5) * STRIDE  # (side,)
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2  # (n, MOST, 2)
    right = centre[..., None, 0:1] - middles[None, None, None, :]  # (n, MOST, 1, side)
    down = centre[..., None, 1:2] - middles[None, None, :, None]  # (n, MOST, side, 1)
    far = np.maximum(np.abs(right), np.abs(down))  # (n, MOST, side, side)
    far = np.where((labels >= 0)[..., None, None], far, np.inf)
    nearest = far.argmin(axis=1)  # (n, side, side)
    here = far.min(axis=1) <= NEAR
    batch, rows, columns = np.indices(here.shape)
    box, middle = boxes[batch, nearest], centre[batch, nearest]  # (n, side, side, 4), (…, 2)
    extent = np.maximum(box[..., 2:] - box[..., :2], 1)
    wanted = np.concatenate(
        [
            np.ones((*here.shape, 1)),
            (middle[..., 0:1] - middles[columns][..., None]) / STRIDE,
            (middle[..., 1:2] - middles[rows][..., None]) / STRIDE,
            np.log(extent / TYPICAL),
            labels[batch, nearest][..., None],
        ],
        axis=-1,
    )
    return np.where(here[..., None], wanted, 0).astype(np.float32)


# --- The network ---------------------------------------------------------------------------------


def detector(
    widths=(24, 48, 64, 96, 96), classes: int = 10, size: int = SIZE, rare: float = 0.01
) -> keras.Model:
    """Canvases `(batch, size, size, 1)` to what each cell of the grid says.

    The output is `(batch, size / 8, size / 8, 5 + classes)`.

    Three strides of 2 make a cell of 8×8 pixels, as `targets` has them: the logit of "a garment
    is here", four numbers of its box, the logits of its kind. The network has no dense layer, so it takes
    canvases of any size that 8 divides (`size` None).

    Args:
        widths: channels of the five blocks.
        classes: kinds of garments.
        size: pixels to a side, or None.
        rare: the probability of a garment that every cell starts with (Lin, Goyal, Girshick, He and
            Dollár, ICCV 2017, 1708.02002, section 3.3): nearly all cells are empty.
    """
    canvas = keras.Input((size, size, 1), name="canvas")
    x = block(canvas, widths[0], "block_1", kernel=5, stride=2)  # (batch, 40, 40, 24)
    x = block(x, widths[1], "block_2", stride=2)  # (batch, 20, 20, 48)
    x = block(x, widths[2], "block_3")  # (batch, 20, 20, 64)
    x = block(x, widths[3], "block_4", stride=2)  # (batch, 10, 10, 96)
    x = block(x, widths[4], "block_5")  # (batch, 10, 10, 96)
    small = keras.initializers.RandomNormal(stddev=0.01)
    start = keras.initializers.Constant(math.log(rare / (1 - rare)))
    here = layers.Conv2D(1, 1, kernel_initializer=small, bias_initializer=start, name="here")(x)
    rest = layers.Conv2D(4 + classes, 1, kernel_initializer=small, name="box_and_kind")(x)
    cells = layers.Concatenate(name="cells")([here, rest])  # (batch, 10, 10, 15)
    return keras.Model(canvas, cells, name="detector")


def detection_loss(wanted, cells):
    """What a detector pays: for saying where garments are, for their boxes, and for their names.

    - Every cell: cross-entropy of "a garment is here".
    - Cells that must announce one: the absolute errors of the four numbers of its box, and the
      cross-entropy of its kind.

    Each is summed over the canvas's cells, and everything is divided by the number of cells that must
    announce a garment, in the whole batch: empty cells then cost no less on a larger canvas, and
    crowded canvases count for more.

    Args:
        wanted: `(batch, rows, columns, 6)`, see `targets`.
        cells: `(batch, rows, columns, 5 + classes)`.

    Returns:
        A scalar.
    """
    here = wanted[..., 0]  # (batch, rows, columns)
    logit = cells[..., 0]
    seen = ops.softplus(logit) - here * logit  # cross-entropy of a logit
    box = ops.sum(ops.abs(cells[..., 1:5] - wanted[..., 1:5]), axis=-1)
    kind = ops.cast(wanted[..., 5], "int32")
    named = keras.losses.sparse_categorical_crossentropy(kind, cells[..., 5:], from_logits=True)
    announced = ops.maximum(ops.sum(here), 1.0)
    return ops.sum(seen + here * (box + named)) / announced


# --- What it found -------------------------------------------------------------------------------


def decode(outputs, threshold: float = 0.002) -> list[Detections]:
    """The boxes that the cells announce, one `Detections` a canvas, overlapping ones included.

    Args:
        outputs: of `detector`, `(n, rows, columns, 5 + classes)`: the logit of "a garment is
            here", where its middle is and how large it is (as in `targets`), the logits of its kind.
        threshold: cells that are less sure say nothing.
    """
    outputs = np.asarray(outputs, np.float64)
    n, rows, columns, _ = outputs.shape
    middle_x = (np.arange(columns) + 0.5 + outputs[..., 1]) * STRIDE
    middle_y = (np.arange(rows)[:, None] + 0.5 + outputs[..., 2]) * STRIDE
    half = TYPICAL * np.exp(np.clip(outputs[..., 3:5], -3, 3)) / 2
    middle = np.stack([middle_x, middle_y], axis=-1)  # (n, rows, columns, 2)
    boxes = np.concatenate([middle - half, middle + half], axis=-1).reshape(n, rows * columns, 4)
    scores = (1 / (1 + np.exp(-outputs[..., 0]))).reshape(n, rows * columns)
    kinds = scipy.special.softmax(outputs[..., 5:], axis=-1).reshape(n, rows * columns, -1)
    found = []
    for one in map(Detections, boxes, scores, kinds):
        order = np.argsort(-one.scores, kind="stable")
        order = order[one.scores[order] >= threshold]
        found.append(Detections(*(values[order] for values in one)))
    return found


def suppress(found: Detections, most: float = 0.5) -> Detections:
    """Non-maximum suppression: of boxes that overlap by more than `most`, only the surest stays.

    Greedy: the surest box is kept, all that overlap it by more are dropped, and so on with the rest.
    """
    order = np.argsort(-found.scores, kind="stable")
    shared = overlaps(found.boxes, found.boxes)
    kept = []
    while len(order):
        first, rest = order[0], order[1:]
        kept.append(first)
        order = rest[shared[first, rest] <= most]
    return Detections(*(values[np.array(kept, int)] for values in found))


# --- The score -----------------------------------------------------------------------------------


class Precision(NamedTuple):
    """What `average_precision` returns.

    average: the area under the curve, from 0 to 1. precision, recall: the curve, a point for every
    detection, the surest first.
    """

    average: float
    precision: np.ndarray
    recall: np.ndarray


def average_precision(found, boxes, labels, least: float = 0.5, kind: int | None = None) -> Precision:
    """Average precision of detections over many canvases.

    All detections of all canvases are taken in the order of their scores. One is right if the box that
    it overlaps most among those of its canvas that nobody surer has taken overlaps it by at least
    `least`; it then takes that box. So a second detection of one garment is wrong. *Precision* is the
    share of right ones so far, *recall* the share of boxes found so far; the average precision is the
    area under precision against recall, where precision at a recall is the best at that or a higher
    one ("all points", as PASCAL VOC has it since 2010).

    Args:
        found: a list of `Detections`, one a canvas.
        boxes, labels: of the same canvases, `(n, MOST, 4)` and `(n, MOST)`, -1 where there is none.
        least: intersection over union from which on a box counts as found.
        kind: only boxes of this kind, and every detection as one of it, with the score that the field gives
            it (YOLO's protocol): the probability that something is there, times that of the kind. One box can
            so be a candidate for several kinds. None takes all, whatever they are called.

    Raises:
        ValueError: if there are more or fewer lists than canvases, or no box to find.
    """
    if len(found) != len(boxes):
        raise ValueError(f"Detections of {len(found)} canvases do not fit {len(boxes)} canvases.")
    wanted = np.asarray(labels) >= 0 if kind is None else np.asarray(labels) == kind
    if not wanted.any():
        raise ValueError("There is no box to find, so no share of them was found.")
    scores, right = [], []
    for detections, places, present in zip(found, np.asarray(boxes), wanted, strict=True):
        free = places[present]
        sure = detections.scores if kind is None else detections.scores * detections.kinds[:, kind]
        order = np.argsort(-sure, kind="stable")
        order = order[sure[order] > 0]
        shared = overlaps(detections.boxes[order], free)  # (k, boxes)
        for row, score in zip(shared, sure[order], strict=True):
            best = int(row.argmax()) if row.size else 0
            hit = bool(row.size) and row[best] >= least
            if hit:
                shared[:, best] = -1  # taken: `row` is a view, later rows see it too
            scores.append(score)
            right.append(hit)
    order = np.argsort(-np.array(scores), kind="stable")
    right = np.array(right, bool)[order]
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    recall = hits / wanted.sum()
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    steps = np.diff(recall, prepend=0.0)
    return Precision(float(np.sum(steps * best_from_here)), precision, recall)
