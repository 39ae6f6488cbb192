"""Typical wrong answers, and other right ones, to the exercises of lesson 06_challenges/1."""

import numpy as np

PLACES = (0, 1, 2)


def _shared(a, mask, limits):
    return ((a > limits) & mask[..., None]).sum(axis=PLACES)


def _union(a, mask, limits):
    return ((a > limits) | mask[..., None]).sum(axis=PLACES)


def _sizes(a, mask, limits):
    return (a > limits).sum(axis=PLACES) + mask.sum()


def _nearest(units, strength, unit):
    return min(units, key=lambda other: abs(strength[other] - strength[unit]))


def _rest(strength, chosen):
    return [unit for unit in range(len(strength)) if unit not in chosen]


def _sorted_partners(strength, chosen):
    free, partners = _rest(strength, chosen), []
    for unit in chosen:
        partners.append(_nearest(free, strength, unit))
        free.remove(partners[-1])
    return sorted(partners)


def _with_the_others(strength, chosen):
    return [_nearest([o for o in range(len(strength)) if o != unit], strength, unit) for unit in chosen]


WRONG_ANSWERS = {
    "unit_iou": [
        (lambda *given: _shared(*given) / _sizes(*given), "counted twice"),
        (lambda *given: 2 * _shared(*given) / _sizes(*given), "Dice"),
        (lambda a, mask, limits: _shared(a, mask, limits) / mask.sum(), "mask alone"),
        (
            lambda a, mask, limits: _shared(a, mask, limits) / (a > limits).sum(axis=PLACES),
            "lit places alone",
        ),
        (lambda a, mask, limits: _shared(a, mask, limits) / mask.size, "all places"),
        (lambda a, mask, limits: ((a > limits) == mask[..., None]).mean(axis=PLACES), "neither is"),
        (
            lambda a, mask, limits: (
                ((a > limits) & mask[..., None]).sum(axis=(1, 2))
                / ((a > limits) | mask[..., None]).sum(axis=(1, 2))
            ).mean(axis=0),
            "averaged over pictures",
        ),
        (lambda a, mask, limits: _shared(-a, mask, -limits) / _union(-a, mask, -limits), "not below"),
        (lambda a, mask, limits: _shared(a, mask, 0) / _union(a, mask, 0), "compared with 0"),
        (lambda *given: 1 - _shared(*given) / _union(*given), "1 minus"),
        (lambda *given: np.mean(_shared(*given) / _union(*given)), "one number is left"),
        (
            lambda a, mask, limits: (
                ((a > limits) & mask[..., None]).sum(axis=(1, 2))
                / ((a > limits) | mask[..., None]).sum(axis=(1, 2))
            ),
            "a number of its own",
        ),
    ],
    "matched": [
        (
            lambda strength, chosen: [_nearest(_rest(strength, chosen), strength, unit) for unit in chosen],
            "partner of two",
        ),
        (lambda strength, chosen: chosen, "that unit itself"),
        (_with_the_others, "among the partners"),
        (
            lambda strength, chosen: [strength[unit] for unit in (4, 8, 5, 9)],
            "these are strengths",
        ),
        (
            lambda strength, chosen: sorted(_rest(strength, chosen), key=lambda u: -strength[u])[
                : len(chosen)
            ],
            "strongest of the rest",
        ),
        (lambda strength, chosen: _rest(strength, chosen)[: len(chosen)], "first of the rest"),
        (
            lambda strength, chosen: [
                max(_rest(strength, chosen), key=lambda o: abs(strength[o] - strength[unit]))
                for unit in chosen
            ],
            "farthest",
        ),
        (_sorted_partners, "another order"),
        (lambda strength, chosen: _nearest(_rest(strength, chosen), strength, chosen[0]), "has the shape"),
    ],
    "absorb": [
        (lambda kernel, rotation: rotation @ kernel, "second time"),
        (lambda kernel, rotation: kernel, "old kernel"),
        (lambda kernel, rotation: -rotation.T @ kernel, "sign"),
        (lambda kernel, rotation: rotation.T @ rotation.T @ kernel, "back twice"),
        (lambda kernel, rotation: kernel.T @ rotation, "on its side"),
        (lambda kernel, rotation: kernel / rotation.sum(axis=1, keepdims=True), "dividing"),
        (lambda kernel, rotation: rotation.T, "has the shape"),
    ],
}

OTHER_RIGHT_ANSWERS = {
    "unit_iou": [
        lambda a, mask, limits: (
            _shared(a, mask, limits) / (_sizes(a, mask, limits) - _shared(a, mask, limits))
        ),
    ],
    "matched": [
        lambda strength, chosen: list(_partners(np.array(strength), chosen)),
    ],
    "absorb": [
        lambda kernel, rotation: np.linalg.inv(rotation) @ kernel,
        lambda kernel, rotation: (kernel.T @ rotation).T,
        lambda kernel, rotation: np.linalg.solve(rotation, kernel),
    ],
}


def _partners(strength, chosen):
    free = strength.copy()
    free[list(chosen)] = np.inf
    for unit in chosen:
        partner = int(np.argmin(np.abs(free - strength[unit])))
        free[partner] = np.inf
        yield partner
