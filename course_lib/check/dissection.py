"""Exercises of lesson 06_challenges/1: agreement, a fair control, a rotation that nobody sees."""

import numpy as np

from course_lib.check.drawn import drawn, hinted

ALL = (0, 1, 2)  # the axes of pictures and places


def _iou(lit, mask, axes=ALL):
    where = mask[..., None]
    return (lit & where).sum(axes) / (lit | where).sum(axes)


def _counted(formula):
    """A formula of how many places are lit and in the mask, how many lit, how many in the mask."""
    return lambda a, m, t: formula(((a > t) & m[..., None]).sum(ALL), (a > t).sum(ALL), m.sum())


@drawn(
    answer="dissection.agreement", gives="array",
    idea="over the places of all pictures together, count for each unit those that are lit and in the mask, "
    "and divide by the number of those that are lit or in the mask",
    mistakes=[
        (_counted(lambda both, lit, thing: both / (lit + thing)), "what both share is counted twice: union = "
         "lit + mask - shared"),
        (_counted(lambda both, lit, thing: 2 * both / (lit + thing)), "this is Dice's coefficient: divide "
         "what is shared by the union"),
        (_counted(lambda both, lit, thing: both / thing), "you divided by the mask alone: a unit that is lit "
         "everywhere would be perfect"),
        (_counted(lambda both, lit, thing: both / lit), "you divided by the lit places alone: a unit lit in "
         "one place could be perfect"),
        (lambda a, m, t: np.mean((a > t) & m[..., None], axis=ALL), "you divided by all places: those that "
         "neither covers do not count"),
        (lambda a, m, t: np.mean((a > t) == m[..., None], axis=ALL), "places where neither is count as "
         "agreement here: they must not, or a dark unit agrees with everything that is rare"),
        (lambda a, m, t: _iou(a > t, m, (1, 2)).mean(axis=0), "you averaged over pictures: count the places "
         "of all pictures first, then divide once"),
        (lambda a, m, t: _iou(a < t, m), "lit means above the threshold, not below"),
        (lambda a, m, t: _iou(a > 0, m), "you compared with 0: every unit has a threshold of its own"),
        (lambda a, m, t: _iou(a > t[0], m), "the first threshold was used for all units: every unit has one "
         "of its own"),
        (lambda a, m, t: 1 - _iou(a > t, m), "this is 1 minus what is wanted: equal sets have an IoU of 1"),
        (lambda a, m, t: _iou(a > t, m).mean(), "one number is left: every unit has an agreement of its own, "
         "keep the last axis"),
        (lambda a, m, t: _iou(a > t, m, (1, 2)), "every picture has a number of its own: count the places of "
         "all pictures together"),
        (lambda a, m, t: _iou(a >= t, m), "a place that equals the threshold is lit here, and lit means "
         "above it: a threshold of 0 would light all that is dark"),
    ],
    right=[
        lambda a, m, t: _iou(a > t, m),
        _counted(lambda both, lit, thing: both / (lit + thing - both)),
        lambda a, m, t: [_iou(a[..., [u]] > t[u], m)[0] for u in range(len(t))],
    ],
)  # fmt: skip
def unit_iou(rng):
    """Intersection over union of each unit's lit places with a mask, all pictures together."""
    for shape in ((5, 4, 6, 3), (3, 2, 5, 4)):
        mask = rng.random(shape[:3]) < rng.permutation(np.linspace(0.1, 0.9, shape[0]))[:, None, None]
        a = np.maximum(rng.normal(0, 1, shape) + 1.2 * mask[..., None], 0)  # many are 0
        a[:, 0, 0], mask[:, 0, 0], mask[:, 0, 1] = 2, True, False  # so that no picture is without both
        yield a, mask, rng.permutation(np.linspace(0.3, 1.2, shape[-1]))
    yield hinted("with a threshold of 0 lit is what is above 0", a, mask, np.array([0, 0.5, 1, 1.5]))


def _matched(strength, chosen):
    free = [unit for unit in range(len(strength)) if unit not in set(chosen)]
    partners = []
    for unit in chosen:
        partner = min(free, key=lambda other: abs(strength[other] - strength[unit]))
        free.remove(partner)
        partners.append(partner)
    return partners


def _rest(strength, chosen):
    return [unit for unit in range(len(strength)) if unit not in chosen]


def _each(choose, among=_rest):
    """For each chosen unit the one that `choose` takes by distance, although it may be taken already."""
    return lambda s, chosen: [
        choose((o for o in among(s, chosen) if o != unit), key=lambda o, unit=unit: abs(s[o] - s[unit]))
        for unit in chosen
    ]


def _otherwise(got, wanted, strength, chosen):
    """The right partners, dealt to other units."""
    if got.shape != wanted.shape or not np.array_equal(np.sort(got), np.sort(wanted)):
        return None
    return (
        "the right units in another order: serve the chosen units in the order given, one by one, each with "
        "the nearest that is still free, though others be nearer in all"
    )


@drawn(
    answer=_matched, tell=_otherwise, gives="list",
    idea="go through the chosen units as they are given: for each one find the unit nearest in strength "
    "among those still free, and take it off the list",
    mistakes=[
        (_each(min), "one unit is partner of two: take a partner off the list once it is used"),
        (lambda s, chosen: chosen, "the nearest to each unit is that unit itself: partners must not be "
         "chosen units"),
        (_each(min, lambda s, chosen: range(len(s))), "among the partners are chosen units: switching them "
         "off would be no control"),
        (lambda s, chosen: s[_matched(s, chosen)], "these are strengths: return the units' numbers"),
        (lambda s, chosen: sorted(_rest(s, chosen), key=lambda o: -s[o])[: len(chosen)], "these are the "
         "strongest of the rest: each partner shall be like its unit"),
        (lambda s, chosen: _rest(s, chosen)[: len(chosen)], "these are the first of the rest: take the "
         "nearest in strength"),
        (lambda s, chosen: sorted(_rest(s, chosen), key=lambda o: abs(s[o] - s[chosen].mean()))[:len(chosen)],
         "you matched the mean of the chosen units: match them one by one"),
        (_each(max), "these are the farthest in strength: take the smallest difference"),
        (lambda s, chosen: (len(s) - 1 - np.array(_matched(s[::-1], [len(s) - 1 - unit for unit in chosen]))),
         "of two that are equally near the lower number counts"),
    ],
    right=[lambda s, chosen: tuple(map(int, _matched(s, chosen)))],
)  # fmt: skip
def matched(rng):
    """For each chosen unit another one of about the same strength."""
    # Pairs of chosen units that want the same partner: whoever is served first gets it, and the first pair
    # differs from the second in whether the weaker one comes first. The last pair is near each other.
    chosen = np.array([1.50, 1.60, 3.60, 3.50, 5.00, 5.01])
    free = np.array([1.58, 1.40, 3.52, 3.72, 5.05, 4.92, 0.10, 6.00, 6.20])
    yield _numbered(rng, chosen + 0.01 * rng.random(), free + 0.01 * rng.random())
    yield _numbered(rng, np.array([3.52, 3.60])[:: rng.choice([1, -1])], np.array([3.58, 3.40, 3.71, 3.0]))
    ties = "right where all distances differ: of two that are equally near the lower number counts"
    yield hinted(ties, *_numbered(rng, np.array([2.0, 4.0]), np.array([1.5, 2.5, 3.75, 4.25])))


def _numbered(rng, chosen, free):
    """Strengths under numbers drawn at random, and the numbers of the chosen ones."""
    places = rng.permutation(len(chosen) + len(free))
    strength = np.empty(len(places))
    strength[places] = np.concatenate([chosen, free])
    return strength, places[: len(chosen)].tolist()


def _absorb(kernel, rotation):
    return rotation.T @ kernel


@drawn(
    answer=_absorb, gives="array",
    idea="whatever z is, (z R) times the new kernel must be z K: so the new kernel first undoes R, and the "
    "inverse of a rotation is its transpose",
    mistakes=[
        (lambda k, r: r @ k, "this turns a second time instead of back: (z R)(R K) is not z K. What is the "
         "inverse of R?"),
        (lambda k, r: k, "this is the old kernel: it would make other pictures of rotated latents"),
        (lambda k, r: -r.T @ k, "the sign is flipped"),
        (lambda k, r: r.T @ r.T @ k, "you turned back twice: once is enough, (z R)(Rᵀ K) = z K"),
        (lambda k, r: k.T @ r, "the kernel is turned on its side: it must stay (latents, outputs)"),
        (lambda k, r: k / r.sum(axis=1, keepdims=True), "dividing by numbers of R does not undo a matrix "
         "product"),
        (lambda k, r: r.T, "this turns the latents back: the kernel must still work on them"),
    ],
    right=[
        lambda k, r: np.linalg.inv(r) @ k,
        lambda k, r: (k.T @ r).T,
        lambda k, r: np.linalg.solve(r, k),
        lambda k, r: np.einsum("ji,jo->io", r, k).tolist(),
    ],
)  # fmt: skip
def absorb(rng):
    """The kernel that makes of rotated latents what the old one made of latents."""
    for latents, outputs in ((5, 7), (4, 2), (3, 3)):
        rotation = np.linalg.qr(rng.normal(size=(latents, latents)))[0]  # some reflect as well
        yield rng.normal(size=(latents, outputs)), rotation
