"""Exercises of lesson 06_challenges/1: agreement, a fair control, a rotation that nobody sees."""

import numpy as np

from course_lib.check.framework import array, compare, exercise, same, shaped
from course_lib.check.guard import Wrong


def _matched(strength, chosen):
    free = [unit for unit in range(len(strength)) if unit not in set(chosen)]
    partners = []
    for unit in chosen:
        partner = min(free, key=lambda other: abs(strength[other] - strength[unit]))
        free.remove(partner)
        partners.append(partner)
    return partners


def _absorb(kernel, rotation):
    return rotation.T @ kernel


@exercise(answer="dissection.agreement")
def unit_iou(attempt):
    """Intersection over union of each unit's lit places with a mask, all pictures together."""
    rng = np.random.default_rng(1)
    mask = rng.random((5, 4, 6)) < np.array([0.1, 0.3, 0.5, 0.6, 0.9])[:, None, None]
    a = rng.normal(0.2, 1.0, (5, 4, 6, 3)) + 1.2 * mask[..., None]
    limits = np.array([0.3, 0.9, 1.6])
    hints = {
        (): "one number is left: every unit has an agreement of its own, keep the last axis",
        (5, 3): "every picture has a number of its own: count places of all pictures, axes (0, 1, 2)",
    }
    values = shaped(attempt(a.copy(), mask.copy(), limits.copy()), (3,), "one number a unit", hints)

    def counts(lit, where, axes=(0, 1, 2)):
        where = np.broadcast_to(where[..., None], lit.shape)
        shared = (lit & where).sum(axis=axes)
        return shared, lit.sum(axis=axes), where.sum(axis=axes)

    lit = a > limits
    shared, of_unit, of_mask = counts(lit, mask)
    right = shared / (of_unit + of_mask - shared)
    each = counts(lit, mask, (1, 2))
    low = counts(a < limits, mask)
    zero = counts(a > 0, mask)
    mistakes = [
        (shared / (of_unit + of_mask), "what both share is counted twice: union = lit + mask - shared"),
        (2 * shared / (of_unit + of_mask), "this is Dice's coefficient: divide what is shared by the union"),
        (shared / of_mask, "you divided by the mask alone: a unit that is lit everywhere would be perfect"),
        (shared / of_unit, "you divided by the lit places alone: a unit lit in one place could be perfect"),
        (shared / (4 * 6 * 5), "you divided by all places: those that neither covers do not count"),
        (
            (lit == mask[..., None]).mean(axis=(0, 1, 2)),
            "places where neither is count as agreement here: they must not, or a dark unit agrees with "
            "everything that is rare",
        ),
        (
            (each[0] / (each[1] + each[2] - each[0])).mean(axis=0),
            "you averaged over pictures: count the places of all pictures first, then divide once",
        ),
        (low[0] / (low[1] + low[2] - low[0]), "lit means above the threshold, not below"),
        (
            zero[0] / (zero[1] + zero[2] - zero[0]),
            "you compared with 0: every unit has a threshold of its own",
        ),
        (1 - right, "this is 1 minus what is wanted: equal sets have an IoU of 1"),
    ]
    compare(values, right, mistakes, "the value is not lit-and-mask over lit-or-mask")
    shared, of_unit, of_mask = counts(lit[:2, :3], mask[:2, :3])
    few = array(attempt(a[:2, :3], mask[:2, :3], limits))
    if not same(few, shared / (of_unit + of_mask - shared)):
        raise Wrong("right for one shape, wrong for others: take sizes from the arguments")


@exercise(answer=_matched)
def matched(attempt):
    """For each chosen unit another one of about the same strength."""
    strength = np.array([0.90, 0.10, 0.88, 0.50, 0.84, 0.52, 0.20, 0.45, 0.60, 0.11])
    chosen = [0, 2, 3, 1]
    values = shaped(attempt(strength.copy(), list(chosen)), (4,), "one partner for each chosen unit")
    right = np.array(_matched(strength, chosen))  # 4, 8, 5, 9
    others = [unit for unit in range(10) if unit not in chosen]
    ranked = sorted(others, key=lambda unit: -strength[unit])
    middle = strength[chosen].mean()
    mistakes = [
        (
            np.array([min(others, key=lambda o, u=u: abs(strength[o] - strength[u])) for u in chosen]),
            "one unit is partner of two: take a partner off the list once it is used",
        ),
        (np.array(chosen), "the nearest to each unit is that unit itself: partners must not be chosen units"),
        (
            np.array(
                [min((o for o in range(10) if o != u), key=lambda o, u=u: abs(strength[o] - strength[u]))
                 for u in chosen]
            ),
            "among the partners are chosen units: switching them off would be no control",
        ),
        (strength[right], "these are strengths: return the units' numbers"),
        (np.array(ranked[:4]), "these are the strongest of the rest: each partner shall be like its unit"),
        (np.array(others[:4]), "these are the first of the rest: take the nearest in strength"),
        (
            np.array(sorted(others, key=lambda o: abs(strength[o] - middle))[:4]),
            "you matched the mean of the chosen units: match them one by one",
        ),
        (
            np.array([max(others, key=lambda o, u=u: abs(strength[o] - strength[u])) for u in chosen]),
            "these are the farthest in strength: take the smallest difference",
        ),
    ]  # fmt: skip
    if same(np.sort(values), np.sort(right)) and not same(values, right):
        raise Wrong("the right units in another order: serve the chosen units in the order given, one by one")
    compare(values, right, mistakes, "these are not the nearest free units, one for each chosen one in turn")
    other = np.linspace(0, 1, 6) ** 2
    if not same(array(attempt(other, [5, 4])), [3, 2]):
        raise Wrong("right for one list, wrong for others: take sizes from the arguments")


@exercise(answer=_absorb)
def absorb(attempt):
    """The kernel that makes of rotated latents what the old one made of latents."""
    rng = np.random.default_rng(2)
    rotation = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    kernel = rng.normal(size=(5, 7))
    hints = {(7, 5): "the kernel is turned on its side: it must stay (latents, outputs), here (5, 7)"}
    values = shaped(attempt(kernel.copy(), rotation.copy()), (5, 7), "a kernel like the old one", hints)
    right = rotation.T @ kernel
    mistakes = [
        (
            rotation @ kernel,
            "this turns a second time instead of back: (z R)(R K) is not z K. What is the inverse of R?",
        ),
        (kernel, "this is the old kernel: it would make other pictures of rotated latents"),
        (-right, "the sign is flipped"),
        (rotation.T @ rotation.T @ kernel, "you turned back twice: once is enough, (z R)(Rᵀ K) = z K"),
        (
            kernel / rotation.sum(axis=1, keepdims=True),
            "dividing by numbers of R does not undo a matrix product",
        ),
    ]
    compare(values, right, mistakes, "(z @ rotation) @ result is not z @ kernel")
    turned, small = np.linalg.qr(rng.normal(size=(4, 4)))[0], rng.normal(size=(4, 2))
    if not same(array(attempt(small, turned)), turned.T @ small):
        raise Wrong("right for one size, wrong for others: take sizes from the arguments")
