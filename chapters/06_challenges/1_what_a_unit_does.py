# %% [markdown]
# # What a unit does
#
# **A unit that lights up wherever there is land may paint the land or merely watch it: switch it off, and see
# whether the land is still there.**
#
# ## What you will be able to do
#
# - find, among the units of a generator, those that agree with something you can name, and say how much
#   agreement is luck;
# - switch units off and on, against controls that are fair, and draw islands into a sea by hand;
# - tell which explanation of a network is evidence and which only looks like it, in four cases that look
#   alike;
# - show why a single latent of a GAN means nothing, and why that of a VAE may.
#
# ## Prerequisites
#
# Lessons <<pictures_on_request>> (the generator of sea and land) and <<what_did_it_look_at>> (maps, and why
# they are not enough). From lesson <<from_autoencoder_to_vae>> the KL term of a VAE, and from
# <<likelihood_and_collapse>> that a latent may be asleep.

# %%
from course_lib import runtime

runtime.start(lesson="what_a_unit_does", seed=1)

# %%
import numpy as np
from scipy import ndimage, stats

from course_lib import check, data, dissection, inference, judge, plots, seeing, weights, widgets
from course_lib.models import gan, vae

# %% tags=["knobs"]
# Views that units are chosen on, and as many that they are tested on; of these are painted without units:
n_find = runtime.pick(smoke=8, quick=200, full=1000)
n_off = runtime.pick(smoke=8, quick=96, full=500)
sizes = runtime.pick(smoke=(1, 4), quick=(1, 2, 4, 8, 16), full=(1, 2, 4, 8, 16))  # units off
draws = runtime.pick(smoke=1, quick=12, full=50)  # random choices of units, as a control
few_draws = runtime.pick(smoke=2, quick=5, full=5)  # the same for garments
n_alone = runtime.pick(smoke=5, quick=64, full=64)  # units that are switched off one at a time
sides = runtime.pick(smoke=(16,), quick=(8, 16, 32), full=(8, 16, 32))  # of layers, to compare
n_garments = runtime.pick(smoke=40, quick=1500, full=5000)  # garments, to find units and to test
n_directions = runtime.pick(smoke=6, quick=24, full=64)  # of each family, at most
n_moved = runtime.pick(smoke=40, quick=100, full=500)  # garments that are moved along each of them
n_test = runtime.pick(smoke=40, quick=1000, full=10_000)  # test garments for the VAE
n_muted = runtime.pick(smoke=4, quick=24, full=24)  # latents of it that are set to 0, at most
seeds = runtime.pick(smoke=(1,), quick=(1, 2, 3), full=(1, 2, 3))  # of rotations and of latents

# %% [markdown]
# Where this lesson goes. The generator of lesson <<pictures_on_request>> paints views of the Earth from
# latents. In the middle of it stands a layer of 64 units on a grid of 16×16 places. Four of them are chosen
# here, by a rule that the lesson is about; then nothing is done but to multiply these four by 0, or to turn
# them up in a ring.

# %%
planet = gan.conditional_generator(label_size=2, smooth=True)  # latents (n, 64), labels (n, 2)
weights.load_into(planet, "earth_gan.weights.h5")
front, back = dissection.cut(planet, side=16)  # inputs -> (n, 16, 16, 64) -> views (n, 64, 64, 3)


def orders(n, seed, land=None):
    """Latents (n, 64) and labels (n, 2): from all sea to all land, or a fixed share of land."""
    rng = np.random.default_rng(seed)
    latents = rng.standard_normal((n, 64)).astype("float32")
    share = rng.uniform(size=n) if land is None else np.full(n, land)
    return [latents, np.stack([1 - share, share], axis=1).astype("float32")]


def paint(activations):
    """The second half of the generator: (n, 16, 16, 64) to views (n, 64, 64, 3)."""
    batches = [activations[i : i + 100] for i in range(0, len(activations), 100)]
    return np.concatenate([back.predict_on_batch(batch) for batch in batches])


# %%
def seen(views):
    """What the colours say is where: masks (n, 64, 64) by name."""
    views = views if views.dtype == np.uint8 else data.to_uint8(views)
    red, _, blue = colour = np.moveaxis(views.astype("int16"), -1, 0)  # (3, n, 64, 64)
    sea = (blue - red > 8) & (
        red < 100
    )  # the rule by which lesson <<pictures_on_request>>'s labels were made
    land = ~sea & (colour.min(axis=0) <= 150)  # brighter than that: ice and cloud
    sand = land & (colour.mean(axis=0) > 110)
    around = np.ones((1, 5, 5))
    coast = ndimage.binary_dilation(sea, around) & ndimage.binary_dilation(~sea, around)
    return {"sea": sea, "land": land, "sand": sand, "green": land & ~sand, "coast": coast}


def grids(activations, views):
    """Units (n, 32, 32, units) and masks (n, 32, 32) on one grid."""
    masks = {name: dissection.coarse(mask, 32) for name, mask in seen(views).items()}
    return dissection.spread(activations, 32), masks


find = front.predict(orders(n_find, seed=1), batch_size=100, verbose=0)  # (n_find, 16, 16, 64)
find_units, find_masks = grids(find, paint(find))
_, found = dissection.fit_thresholds(find_units, find_masks["land"])  # (64,), agreement with land
land_units = found.argsort()[::-1][:4]
print("the four units that agree best with land:", land_units)


# %%
def switch(activations, units, level, where=slice(None)):
    """Activations with some units at a level (one for all, or one each), everywhere or where a mask is true."""
    changed = activations.copy()
    for unit, value in zip(units, np.broadcast_to(level, len(units)), strict=True):
        changed[..., unit][:, where] = value
    return changed


turned_up = np.quantile(find, 0.99, axis=(0, 1, 2))  # (64,): exceeded at one place in a hundred
ring = np.abs(np.hypot(*(np.indices((16, 16)) - 7.5)) - 4.5) < 0.8  # (16, 16)
views = front.predict(orders(8, seed=12, land=0.75), verbose=0)  # (8, 16, 16, 64)
seas = front.predict(orders(8, seed=10, land=0.0), verbose=0)
without = switch(views, land_units, 0)
with_ring = switch(seas, land_units, turned_up[land_units], ring)
rows = {"painted": paint(views), "four units off": paint(without)}
rows |= {"sea": paint(seas), "four units on": paint(with_ring)}
figure = plots.pairs(rows, title="Four of 64 units, switched off everywhere, and on in a ring")
plots.show(
    figure,
    alt="Eight views with land; below, the same views with sea, here and there ice, where the land was. Eight views that "
    "are mostly sea; below, the same views with a ring of land in the middle, which is faint in the last.",
)

# %% [markdown]
# ## From the documents
#
# The articles end with challenges, and one is interpretability (K1): what such networks have learned is hard
# to understand. Lesson <<what_did_it_look_at>> asked a classifier where it *looks*. A generator can be asked
# something better, because one can reach in and change it:
#
# | often said | in this lesson |
# |---|---|
# | networks are black boxes | four units, named, switched, with numbers |
# | this unit is the land unit (or the sea unit, or the sleeve unit) | how it looks against what it does |
# | a latent is a meaning: one for sleeves, one for brightness | a GAN whose latents are mixed at will, and nobody notices |
# | directions found without labels are what the network "thinks in" | their effects and side effects, beside random ones |

# %% [markdown]
# ## The idea
#
# Two different questions are asked of a unit, and both are answered with "it is the land unit":
#
# ```
#  looks like:   unit's map ──► where is it high? ──┐
#                                                   ├─► do the places agree?       (watching)
#                picture ─────► where is land? ─────┘
#
#  does:         unit := 0 ───► second half of the generator ──► is the land gone?  (intervening)
# ```
#
# The first is a correlation: it holds for the unit that paints land, and as well for one that happens to be
# high where another unit paints land. The second is an experiment. Bau et al. (2019) did both with a
# generator of rooms and churches, and with a network to say where the doors are. Here the colours say it.

# %%
tiles, tile_labels = data.load("earth", "train")  # (1307, 64, 64, 3) uint8
some = np.random.default_rng(0).permutation(len(tiles))[:8]
colour_of = {"sea": (0, 0, 160), "sand": (230, 180, 80), "green": (0, 110, 0)}


def as_map(pictures):
    """The masks of sea, sand and green as colours; ice stays white."""
    shown = np.full((*pictures.shape[:3], 3), 255, "uint8")
    for name, colour in colour_of.items():
        shown[seen(pictures)[name]] = colour
    return shown


made = paint(find)
rows = {"real": tiles[some], "rule": as_map(tiles[some])}
rows |= {"painted": data.to_uint8(made[:8]), "rule ": as_map(made[:8])}
figure = plots.pairs(rows, title="What the rule of colours says: sea, sand, green land, white ice")
plots.show(
    figure,
    alt="Eight real tiles and eight painted views, each above a map in blue, yellow, green and white that follows its coasts.",
)
for name, pictures in {"training tiles": tiles, "painted": made}.items():
    print(f"{name:15s}", {key: f"{mask.mean():.0%}" for key, mask in seen(pictures).items()})

# %% [markdown]
# ## The mathematics
#
# ### How well two sets of places agree
#
# Write $a_u(x,p)$ for the activation of unit $u$ in picture $x$ at place $p$, and $M$ for the places (of all
# pictures) where there is, say, land. The unit is *lit* where it exceeds a threshold,
# $L_u=\{(x,p): a_u(x,p)>t_u\}$. With $|\cdot|$ for the number of places, the agreement is the **intersection
# over union**
#
# $$\text{IoU}_u=\frac{|L_u\cap M|}{|L_u\cup M|},$$
#
# 1 if the sets are equal, 0 if they have nothing in common. The threshold $t_u$ is chosen for the largest
# IoU, here among nine that let 2 % to 70 % of all places through; so it must be chosen on other pictures than
# those on which the IoU is measured.
#
# ## Exercise: agreement
#
# `activations` is `(n, h, w, units)`, `mask` boolean `(n, h, w)`, `thresholds` `(units,)`, all NumPy arrays.
# Return the IoU of every unit, `(units,)`, with the places of all pictures counted together.


# %% tags=["exercise"]
def unit_iou(activations, mask, thresholds):
    """Intersection over union of each unit's lit places with the mask."""
    ...


# %% tags=["solution"]
def unit_iou(activations, mask, thresholds):
    """Intersection over union of each unit's lit places with the mask."""
    lit = activations > thresholds  # (n, h, w, units)
    where = mask[..., None]  # (n, h, w, 1)
    return (lit & where).sum(axis=(0, 1, 2)) / (lit | where).sum(axis=(0, 1, 2))


# %% tags=["check"]
unit_iou = check.unit_iou(unit_iou)

# %% [markdown]
# ### How much agreement costs nothing
#
# Let a unit know nothing: it is lit at a share $l$ of the places, and the thing is at a share $m$,
# independently. Then both are at a share $lm$, one of them at $l+m-lm$, and
#
# $$\text{IoU}=\frac{lm}{l+m-lm}\le m,\qquad\text{with equality for } l=1 .$$
#
# (The slope in $l$ is $m^2/(l+m-lm)^2>0$.) So a unit that is *always* lit has an IoU of $m$ for nothing: 0.5
# where land covers half of the views, as in those painted above. An IoU without $m$ beside it says nothing.
#
# Three baselines beside every number, then: $m$; the same unit compared with the masks of *other* views; and
# a generator that was never trained.
#
# ### What a unit does
#
# Paint the same latents twice, as they are, and with $a_u:=0$ for all $u$ in a set $S$. The effect of $S$ on
# the land is the share of land's pixels that are land no more,
#
# $$E(S)=1-\frac{\sum_x|M(x)\cap M_S(x)|}{\sum_x|M(x)|},$$
#
# with $M(x)$ the land's pixels in picture $x$, and $M_S(x)$ those in the picture painted without $S$. The
# interval beside it comes from drawing the *pictures* again, with replacement (bootstrap). Switching anything
# off may shake a picture; so $E$ needs a control: as many units at random, and units that are as **strong**,
# with strength the mean of $|a_u|$ over all places. Otherwise the land units may win for being loud.
#
# ## Exercise: a fair control
#
# `strength` is `(units,)`, `chosen` a list of units. Return one partner for each chosen unit, in the same
# order: the nearest in strength of all units that are neither chosen nor partner of an earlier one; of two
# that are equally near, the lower number.


# %% tags=["exercise"]
def matched(strength, chosen):
    """Units as strong as the chosen ones, one each."""
    ...


# %% tags=["solution"]
def matched(strength, chosen):
    """Units as strong as the chosen ones, one each."""
    free = [unit for unit in range(len(strength)) if unit not in set(chosen)]
    partners = []
    for unit in chosen:
        partners.append(min(free, key=lambda other: abs(strength[other] - strength[unit])))
        free.remove(partners[-1])
    return partners


# %% tags=["check"]
matched = check.matched(matched)

# %% [markdown]
# ## The experiment
#
# ### Watching: which unit agrees with what
#
# Thresholds and best units are found on one set of views; what is printed is measured on another.

# %%
test = front.predict(orders(n_find, seed=2), batch_size=100, verbose=0)  # (n_find, 16, 16, 64)
test_units, test_masks = grids(test, paint(test))
newborn = gan.conditional_generator(label_size=2, smooth=True)  # never trained
ears, _ = dissection.cut(newborn, side=16)
newborn_find = dissection.spread(ears.predict(orders(n_find, seed=1), verbose=0), 32)
newborn_test = dissection.spread(ears.predict(orders(n_find, seed=2), verbose=0), 32)
shuffled = np.roll(np.arange(n_find), 1)  # every view with the masks of another
iou, iou_test, lit_at = {}, {}, {}

# %%
print(f"{'':6s} {'share m':>8s} {'best unit':>10s} {'IoU':>6s} {'other views':>12s} {'untrained':>10s}")
for name, mask in find_masks.items():
    lit_at[name], iou[name] = dissection.fit_thresholds(find_units, mask)  # (64,), (64,)
    best = iou[name].argmax()  # chosen on the first set of views
    held_out = unit_iou(test_units, test_masks[name], lit_at[name])
    elsewhere = unit_iou(test_units, test_masks[name][shuffled], lit_at[name])
    thresholds, by_chance = dissection.fit_thresholds(newborn_find, mask)
    untrained = unit_iou(newborn_test, test_masks[name], thresholds)[by_chance.argmax()]
    numbers = {"m": test_masks[name].mean(), "best": held_out[best], "other": elsewhere[best]}
    iou_test[name] = held_out[best]
    runtime.record(f"iou_{name}", held_out[best], unit=best, untrained=untrained, **numbers)
    print(f"{name:6s} {numbers['m']:8.2f} {best:10d} {held_out[best]:6.2f} {elsewhere[best]:12.2f} "
          f"{untrained:10.2f}")  # fmt: skip

# %% [markdown]
# Sea, land, sand and green land each have a unit that agrees with them clearly better than a blind one
# could, on views that were not used to choose it. The coast has hardly one. See what the best unit for
# land, sand and sea says:

# %%
shown = {"painted": paint(test[:8])}
for name in ("land", "sand", "sea"):
    unit = iou[name].argmax()
    lit = np.maximum(test[:8, ..., unit] - lit_at[name][unit], 0)  # above its threshold
    shown[f"unit {unit} ({name})"] = seeing.overlay(shown["painted"], lit)
figure = plots.pairs(
    shown, title="Where three units are above their thresholds (each picture on its own scale)"
)
plots.show(
    figure,
    alt="Eight views. The land unit glows on land only, the sand unit on parts of deserts and along bright edges, the sea "
    "unit mostly on the sea, with a few spots on land.",
)

# %% [markdown]
# If you had to write three captions now, you would write *land unit*, *sand unit*, *sea unit*. Keep the third
# in mind.
#
# ### Intervening: is the land gone?
#
# Now in order of their agreement with land: the first, the first two, the first four units off, and so on;
# the same number of partners, as nearly as strong as there are (none of them among the first sixteen); and
# the same number at random among the others, several times.

# %% covers="K1"
before = seen(paint(test[:n_off]))  # (n_off, 64, 64) each, masks
strength = np.abs(find).mean(axis=(0, 1, 2))  # (64,)


def off(units, level=0.0, back=back, activations=test[:n_off]):
    """The masks of the test views, painted with some units at 0 (or at another level)."""
    return seen(back.predict(switch(activations, units, level), batch_size=100, verbose=0))


def lost(name, after, becomes=None, before=before):
    """The share of a thing's pixels that are it no more (or are something else now), with an interval."""
    gone = before[name] & (~after[name] if becomes is None else after[becomes])
    return dissection.share_interval(gone.sum(axis=(1, 2)), before[name].sum(axis=(1, 2)))


by_land = iou["land"].argsort()[::-1]
partners = matched(strength, list(by_land[:16]))  # none of them is one of the 16 best for land
rng = np.random.default_rng(5)
curve = {"agree with land": [], "as strong": [], "random": []}
for size in sizes:
    curve["agree with land"].append(lost("land", off(by_land[:size])))
    curve["as strong"].append(lost("land", off(partners[:size])))
    several = [lost("land", off(rng.permutation(by_land[size:])[:size]))[0] for _ in range(draws)]
    curve["random"].append((np.mean(several), min(several), max(several)))

# %%
lines = {name: (sizes, [value for value, _, _ in row]) for name, row in curve.items()}
bands = {name: ([low for _, low, _ in row], [high for *_, high in row]) for name, row in curve.items()}
figure = plots.curves(
    lines,
    bands=bands,
    xlabel="units switched off, of 64",
    ylabel="share of land lost",
    title="Land without its units (bands: 95 % over views; random: all draws)",
)
plots.show(
    figure,
    alt="The curve of units that agree with land climbs to nearly 1 at four units and stays there. The two controls "
    "stay near 0.",
)
four = {name: row[sizes.index(4)] for name, row in curve.items()}
without = off(by_land[:4])
to_sea, sea_to_land = lost("land", without, "sea"), lost("sea", without, "land")
runtime.record("land_to_sea", to_sea[0], interval=list(to_sea[1:]), sea_to_land=sea_to_land[0])
for name, (value, low, high) in four.items():
    over = f"{draws} draws" if name == "random" else "views"
    print(f"4 units, {name:16s} {value:6.1%} of the land lost  [{low:.1%}, {high:.1%}] over {over}")
    runtime.record(f"land_lost_{name.replace(' ', '_')}", value, interval=[low, high], of=over)
print(f"land that becomes sea {to_sea[0]:.1%}; sea that becomes land {sea_to_land[0]:.1%}")
print(f"strength of the four {strength[by_land[:4]].round(2)}, of their partners {strength[partners[:4]].round(2)}, "
      f"of the strongest other {np.delete(strength, by_land[:4]).max():.2f}")  # fmt: skip
print(f"added up: the four {strength[by_land[:4]].sum():.1f}, {sizes[-1]} partners "
      f"{strength[partners[: sizes[-1]]].sum():.1f}; without these {curve['as strong'][-1][0]:.1%} of the land lost")  # fmt: skip

# %% [markdown]
# Nearly all land goes, nearly all that goes becomes sea, and the sea stays what it was. The partners do
# nothing of the kind. (Three of the land units are stronger than any other unit, so the match is not perfect.
# But sixteen partners together are stronger than the four, and the land hardly notices.) That is what an
# explanation looks like when it holds.
#
# Look at the curve again, between one unit and four. One at a time:

# %%
alone = np.array([lost("land", off([unit]))[0] for unit in by_land[:4]])
runtime.record("land_lost_sum_of_singles", alone.sum(), together=four["agree with land"][0])
pairs = [lost("land", off(by_land[[0, other]]))[0] for other in (1, 2, 3)]
print(
    "each alone:      ",
    [f"unit {unit}: {value:.0%}" for unit, value in zip(by_land[:4], alone, strict=True)],
)
print(f"their sum         {alone.sum():.0%}, all four together {four['agree with land'][0]:.0%}")
print(f"the first with one of the others: {', '.join(f'{value:.0%}' for value in pairs)}")

# %% [markdown]
# The whole is more than the sum of its parts: the four stand in for each other, and while the rest is there,
# the absence of one shows little. Had you switched units off one at a time only, you would have called three
# of them unimportant.
#
# **What is "off"?** Zero is a choice. So is the unit's own mean over all views, or its mean over the sea:

# %%
at_sea = dissection.coarse(seen(paint(find))["sea"], 16)  # (n_find, 16, 16)
levels = {"zero": 0.0, "its mean": find.mean(axis=(0, 1, 2))[by_land[:4]], "its mean at sea": find[at_sea][:, by_land[:4]].mean(axis=0)}  # fmt: skip
for name, low_level in levels.items():
    value, low, high = lost("land", off(by_land[:4], level=low_level))
    print(f"four units set to {name:16s} {np.round(low_level, 2)!s:28s} land lost {value:4.0%}")
    runtime.record(f"land_lost_at_{name.replace(' ', '_')}", value, interval=[low, high], of="views")

# %% [markdown]
# The mean of a land unit is half-way to land, and half-way is enough to paint it. A mean looks like the more
# neutral choice; here it would have hidden nearly all of the effect.
#
# **Is it a story of this layer?** The same, at the layers before and behind it, with the land's own best
# units there:

# %%
layers = {}
for side in sides:
    head, tail = dissection.cut(planet, side)
    first, second = (head.predict(orders(n_off, seed=s), batch_size=100, verbose=0) for s in (1, 2))
    first_mask = dissection.coarse(seen(tail.predict(first, verbose=0))["land"], 32)
    _, order = dissection.fit_thresholds(dissection.spread(first, 32), first_mask)
    order = order.argsort()[::-1]
    whole = seen(tail.predict(second, batch_size=100, verbose=0))
    values = [lost("land", off(order[:size], 0.0, tail, second), before=whole) for size in (4, 16)]
    layers[side] = values
    print(
        f"{side:2d}×{side:<2d}, {second.shape[-1]:2d} units: land lost with 4 off {values[0][0]:4.0%}, 16 off {values[1][0]:4.0%}"
    )
    runtime.record(
        f"land_lost_layer_{side}", values[0][0], interval=list(values[0][1:]), sixteen=values[1][0]
    )

# %% [markdown]
# At the layer before, sixteen units take more of the land than four, and most of it stays; behind it even
# sixteen of the best do little. That four units hold it is a property of this layer of this network, and we
# looked at three. It is no law of networks.
#
# ### Draw land
#
# If these units make land, then turning them up in a place where there is none should make some. The level is
# high but not unheard of: the one that each exceeds at one place in a hundred. As controls, the land that is
# there anyway, and other units at *their* high levels.

# %%
plain = front.predict(orders(n_off, seed=9, land=0.0), batch_size=100, verbose=0)  # views of the sea


def on(units, where, activations=plain):
    """Views with some units at their high levels in some places; where: booleans (16, 16)."""
    return paint(switch(activations, units, turned_up[list(units)], where))


spot = np.zeros((16, 16), bool)
spot[6:10, 6:10] = True
pixels = spot.repeat(4, axis=0).repeat(4, axis=1)  # (64, 64)


def land_share(views, part):
    """The share of land in a part of each picture, (n,)."""
    return seen(views)["land"][:, part].mean(axis=1)


# %%
groups = {
    "nothing": [],
    "one land unit": by_land[:1],
    "four land units": by_land[:4],
    "four as strong": partners[:4],
    "four random units": rng.permutation(by_land[4:])[:4],
}
inside = {}
for name, units in groups.items():
    shown = on(units, spot)
    inside[name], outside = land_share(shown, pixels), land_share(shown, ~pixels).mean()
    told = inference.resampled(np.mean, inside[name])
    print(f"{name:18s} land in the square {told}, around {outside:.3f}")
    runtime.record(f"island_{name.replace(' ', '_')}", told, outside=outside)
more = {
    name: inference.difference(land, inside["nothing"], paired=True, of="views")
    for name, land in inside.items()
    if name != "nothing"
}
for name, told in inference.holm(more).items():
    print(f"{name:18s} more than nothing? {told.said()}")

# %% [markdown]
# Four were needed to take the land away, and one that is turned up is nearly enough to make it, as you would
# expect of units that stand in for each other. Of other units it is not shown that they add any.
#
# Now you. Draw with the mouse, the pen or a finger; wherever there is ink, the four units are turned up. (A
# stored notebook shows the examples alone: run the cell.)

# %%
blue = paint(plain[:20])[..., 2].mean(axis=(1, 2))  # (n,)
one_sea = plain[[blue.argmax()]]  # (1, 16, 16, 64), the bluest of twenty


def draw_land(drawing):
    """A drawing (64, 64, 1), ink 0, to a view of the sea with land where the ink is."""
    ink = (drawing[..., 0] < 128).reshape(16, 4, 16, 4).any(axis=(1, 3))  # (16, 16)
    return on(by_land[:4], ink, one_sea)[0]


turn = np.linspace(0, 2 * np.pi, 25)
examples = {
    "an atoll": [[(0.5 + 0.3 * np.cos(t), 0.5 + 0.3 * np.sin(t)) for t in turn]],
    "a bridge": [[(0.0, 0.7), (1.0, 0.3)]],
    "a cross": [[(0.5, 0.1), (0.5, 0.9)], [(0.1, 0.5), (0.9, 0.5)]],
    "a smile": [[(0.3, 0.3)], [(0.7, 0.3)], [(0.2, 0.6), (0.35, 0.78), (0.65, 0.78), (0.8, 0.6)]],
}
sheet = widgets.Sheet(
    draw_land,
    size=64,
    examples=examples,
    alt="Four drawings (a ring, a line, a cross, a smile); below each the same blue sea with coasts at its edges, and green "
    "and brown land in that shape.",
)
sheet.show()

# %% [markdown]
# ### Faithful?
#
# So does agreement tell what a unit does? Take all 64 units: order them by IoU, switch each off alone, and
# see whether those that look like it most are those that do it most. Spearman's rank correlation (1 where
# both orders are the same, 0 where one says nothing about the other) is printed with its interval over
# units; beside it the same for strength.

# %% covers="K1"
one_off = [off([unit]) for unit in range(n_alone)]  # all masks, for each unit
effect = {name: np.array([lost(name, after)[0] for after in one_off]) for name in iou}
faithful = {}
print(f"{'':6s} {'IoU against loss':>26s} {'strength against loss':>26s} {'same among the first 4':>24s}")
for name in ("land", "green", "sand", "sea"):
    looks, loud = (dissection.rank_interval(by[:n_alone], effect[name]) for by in (iou[name], strength))
    first = set(iou[name][:n_alone].argsort()[-4:]) & set(effect[name].argsort()[-4:])
    faithful[name] = looks
    print(
        f"{name:6s} {looks[0]:10.2f} [{looks[1]:5.2f}, {looks[2]:5.2f}] {loud[0]:10.2f} [{loud[1]:5.2f}, {loud[2]:5.2f}] {len(first):16d}"
    )
    runtime.record(
        f"faithful_{name}",
        looks[0],
        interval=list(looks[1:]),
        of=f"{n_alone} units",
        strength=loud[0],
        strength_interval=list(loud[1:]),
        first_four=len(first),
    )


# %%
def rank_products(one, other):
    """What each unit adds to Spearman's correlation, which is the mean of these: (units,)."""
    return stats.zscore(stats.rankdata(one)) * stats.zscore(stats.rankdata(other))


asked = {}
for name in faithful:
    looks, loud = (rank_products(by[:n_alone], effect[name]) for by in (iou[name], strength))
    asked[f"{name}: IoU against chance"] = inference.difference(looks, 0.0, paired=True, of="units")
    asked[f"{name}: strength against IoU"] = inference.difference(loud, looks, paired=True, of="units")
for name, told in inference.holm(asked).items():
    print(f"{name:30s} {told.said()}")

# %%
places = np.arange(1, n_alone + 1)
figure = plots.curves(
    {name: (places, effect[name][iou[name][:n_alone].argsort()[::-1]]) for name in ("land", "sand", "sea")},
    xlabel="place of the unit by its agreement, best first",
    ylabel="share lost without that unit",
    title="From the unit that looks like it most to the one that looks like it least",
)
plots.show(
    figure,
    alt="For land the first three units stand out and the rest lie near 0. For sand several of the "
    "first fifteen stand out, and the very last. For sea all lie near 0.",
)
by_sand, sandy = iou["sand"][:n_alone].argsort()[::-1], dissection.coarse(seen(made)["sand"], 16)
most, last = effect["sand"].argmax(), by_sand[-1]
print(f"most sand is lost without unit {most}, in place {list(by_sand).index(most) + 1}; "
      f"without the last, unit {last}, {effect['sand'][last]:.0%}")  # fmt: skip
print(
    f"unit {last} is {find[sandy][:, last].mean():.2f} on sand, {find[~sandy][:, last].mean():.2f} elsewhere"
)

# %% [markdown]
# Two answers:
#
# - **At the top,** agreement found the right units of land and of green. For sand it found one of four. The
#   strongest effect belongs to the land unit, further down. And the unit that looks like sand least of all
#   has a large one: it is the *sea unit*, which is low where there is sand, and an IoU asks only where a unit
#   is high.
# - **As a ruler for all units,** it is not shown to be worth anything: see which of the correlations are
#   decided to be more than chance. How *loud* a unit is has never heard of land, and no line shows it to
#   order the effects worse.
#
# And for the sea, the first place is as idle as the last. We come back to that.

# %% [markdown]
# ### A second generator
#
# The same with the garments of lesson <<convolutions_that_draw>>, where things have places and not colours:
# the sleeves of tops, the gap between the legs of trousers, the soles of shoes. The judge names the garment,
# so that a sleeve is not looked for on a boot.

# %%
jury = judge.load("fashion")
tailor = gan.conv_generator()  # latents (n, 64) -> pictures (n, 28, 28, 1)
weights.load_into(tailor, "dcgan_fashion.weights.h5")
warp, weft = dissection.cut(tailor, side=14)  # 64 units on 14×14 places
across, downwards = np.arange(28), np.arange(28)[:, None]


def parts(pictures):
    """Masks (n, 28, 28) of parts of garments, by where they are."""
    cloth, kind = pictures[..., 0] > -0.6, jury.labels(pictures)[:, None, None]
    middle, side = (across >= 12) & (across <= 15), (across < 7) | (across > 20)
    return {
        "cloth": cloth,
        "sleeves": cloth & side & (downwards >= 6) & np.isin(kind, (2, 4, 6)),
        "gap": ~cloth & middle & (downwards >= 10) & (kind == 1),
        "soles": cloth & (downwards >= 19) & np.isin(kind, (5, 7, 9)),
    }


def garments(cut, seed):
    """What half a generator makes of latents, (n_garments, 14, 14, 64), or a whole one, pictures."""
    z = np.random.default_rng(seed).standard_normal((n_garments, 64)).astype("float32")
    return cut.predict(z, batch_size=500, verbose=0)


def sew(units):
    """The second half: (n, 14, 14, 64) to pictures."""
    return weft.predict(units, batch_size=500, verbose=0)


# %%
untaught, _ = dissection.cut(gan.conv_generator(), side=14)
cloth_find, cloth_test = garments(warp, 1), garments(warp, 2)
parts_find, parts_test = parts(sew(cloth_find)), parts(sew(cloth_test))
large_find, large_test = (dissection.spread(units, 28) for units in (cloth_find, cloth_test))
blank_find, blank_test = (dissection.spread(garments(untaught, seed), 28) for seed in (1, 2))
cloth_of, garment = {}, {}


def changed(name, units):
    """The share of a part's pixels that turn from cloth to background, or the other way, without some units."""
    flipped = (sew(switch(cloth_test, units, 0))[..., 0] > -0.6) != parts_test["cloth"]
    where = parts_test[name]
    return dissection.share_interval((flipped & where).sum(axis=(1, 2)), where.sum(axis=(1, 2)))


# %%
print(f"{'':8s} {'share m':>8s} {'best IoU':>9s} {'untrained':>10s} {'4 off':>6s} {'4 random off':>13s}")
for name in parts_find:
    thresholds, agreed = dissection.fit_thresholds(large_find, parts_find[name])
    best = unit_iou(large_test, parts_test[name], thresholds)[agreed.argmax()]
    thresholds, by_chance = dissection.fit_thresholds(blank_find, parts_find[name])
    untrained = unit_iou(blank_test, parts_test[name], thresholds)[by_chance.argmax()]
    four_off = changed(name, agreed.argsort()[-4:])
    at_random = [changed(name, rng.permutation(agreed.argsort()[:-4])[:4])[0] for _ in range(few_draws)]
    garment[name] = inference.difference(np.array(at_random), four_off[0], paired=False, of="draws")
    print(
        f"{name:8s} {parts_test[name].mean():8.3f} {best:9.2f} {untrained:10.2f} {four_off[0]:6.1%} {np.mean(at_random):13.1%}"
    )
    runtime.record(f"garment_{name}", four_off[0], interval=list(four_off[1:]), iou=best, untrained=untrained, random=np.mean(at_random))  # fmt: skip

for name, told in inference.holm(garment).items():
    print(f"{name:8s} four random ones less than the chosen? {told.said()}")

# %% [markdown]
# Sleeves, the gap and the soles have units, and these do something: switched off, the part changes several
# times as much as without four random ones, though nothing like the land. Their IoUs look miserable beside
# the cloth's. Now read the first line again: its IoU is the best of the table, yet no better than $m$; an
# untrained network has nearly the same, and four random units do as much as the chosen. The cloth is large,
# that is all.

# %% [markdown]
# ## Directions
#
# Units stand in the middle. At the entrance stand latents, and one asks the same of *directions* among them:
# which way leads to more brightness? Three ways to find directions:
#
# - **a probe**: a linear regression of a measured property on the latents (lesson <<a_space_of_pictures>> did
#   it with codes);
# - **closed form**, from the weights alone (Shen and Zhou 2021): the first layer computes $zK$. A step of
#   length 1 along a unit vector $v$ changes it by $vK$, longest for the first left singular vector of $K$,
#   then for the second, …;
# - **at random**, of the same length.
#
# Five properties of a garment are measured in its picture, each in units of its own spread (standard
# deviation) over random garments.

# %%
shaper = vae.VAE(vae.conv_encoder(), vae.conv_decoder())  # lesson <<a_space_of_pictures>>'s, 16 latents
weights.load_into(shaper, "conv_vae.weights.h5")
measures = ("brightness", "height", "width", "top-heaviness", "contrast")


def measured(pictures):
    """The five properties of garments, (n, 5)."""
    light = (pictures[..., 0] + 1) / 2  # (n, 28, 28), 0 to 1
    cloth = light > 0.2
    height, width = cloth.any(axis=2).mean(axis=1), cloth.any(axis=1).mean(axis=1)
    heavy = light[:, :14].mean(axis=(1, 2)) - light[:, 14:].mean(axis=(1, 2))
    contrast = np.abs(np.diff(light, axis=2)).mean(axis=(1, 2))
    return np.stack([light.mean(axis=(1, 2)), height, width, heavy, contrast], axis=1)


def decode_gan(z):
    """Latents (n, 64) to garments."""
    return tailor.predict(z, batch_size=500, verbose=0)


machines = {
    "GAN": (decode_gan, tailor.layers[1], 64),
    "VAE": (shaper.decode, shaper.decoder.layers[1], 16),
}


# %%
def prepare(decode, kernel, size, seed=1):
    """The probe (size, 5), the closed-form directions (size, size), starts, and the properties' spread."""
    z = np.random.default_rng(seed).standard_normal((n_garments, size)).astype("float32")
    properties = measured(decode(z))  # (n, 5)
    spread = properties.std(axis=0)
    with_one = np.concatenate([z, np.ones((len(z), 1))], axis=1)
    probe = np.linalg.lstsq(with_one, properties / spread, rcond=None)[0][:-1]
    closed, _, _ = np.linalg.svd(kernel, full_matrices=False)  # columns, from large to small
    starts = np.random.default_rng(seed + 1).standard_normal((n_moved, size)).astype("float32")
    return probe, closed, starts, spread


def move(decode, starts, direction, spread, steps=(-1, 1)):
    """Pictures (steps, n, 28, 28, 1) along a direction, and the properties' change a step, (n, 5)."""
    unit = (direction / np.linalg.norm(direction)).astype("float32")
    pictures = decode(np.concatenate([starts + step * unit for step in steps]))
    pictures = pictures.reshape(len(steps), len(starts), *pictures.shape[1:])
    change = (measured(pictures[-1]) - measured(pictures[0])) / spread / (steps[-1] - steps[0])
    return pictures, change


# %%
walks, tools, named = (-2, -1, 0, 1, 2), {}, {}
for model, (decode, first, size) in machines.items():
    probe, closed, starts, spread = tools[model] = prepare(decode, first.get_weights()[0], size)
    any_way = np.random.default_rng(8).standard_normal(size)
    uphill = np.sign(closed[:, 0] @ probe[:, 0])  # a singular vector has no sign of its own
    ways = {"probe": probe[:, 0], "closed form": uphill * closed[:, 0], "random": any_way}
    for name, way in ways.items():
        pictures, change = move(decode, starts, way, spread, walks)
        light = np.stack([measured(shown)[:, 0] for shown in pictures])  # (5, n)
        slopes = change.mean(axis=0)  # (5,)
        other = 1 + np.abs(slopes[1:]).argmax()
        named[model, name] = (
            pictures,
            {
                "brightness": slopes[0],
                "largest other": np.abs(slopes[other]),
                "which": measures[other],
                "pixels": np.sqrt(np.mean((pictures[3] - pictures[1]) ** 2)) / 2,
                "same kind": np.mean(jury.labels(pictures[3]) == jury.labels(pictures[2])),
                "steadily": (np.diff(light, axis=0) > 0).all(axis=0).mean(),
            },
        )

# %%
print(
    f"{'one step along':16s} {'brightness':>11s} {'largest other':>19s} {'pixels':>7s} {'same kind':>10s} {'steadily':>9s}"
)
for (model, name), (_, told) in named.items():
    print(f"{model} {name:12s} {told['brightness']:11.2f} {told['which']:>14s} {told['largest other']:4.2f} {told['pixels']:7.2f} "
          f"{told['same kind']:10.0%} {told['steadily']:9.0%}")  # fmt: skip
    runtime.record(f"direction_{model}_{name.replace(' ', '_')}", told)
rows = {
    f"{name}, start {i + 1}": np.stack([shown[i] for shown in named["GAN", name][0]])
    for name in ("probe", "closed form", "random")
    for i in (0, 1)
}
figure = plots.pairs(
    rows,
    title="GAN: five steps along three directions",
    captions=["start" if step == 0 else f"{step:+d}" for step in walks],
)
plots.show(
    figure,
    alt="Two garments moved along three directions. Along the probe they grow brighter and become other garments; "
    "along the closed-form direction shoes become trousers; along the random one they change little.",
)

# %% [markdown]
# *Brightness* and *largest other* (of the four other properties, with its name) are in spreads a step;
# *pixels* is the root of the mean squared change of a pixel a step, where black is -1 and white 1; *same
# kind* is how often the judge names the garment after one step as before; *steadily* how often brightness
# rises at each of four steps.
#
# The probe does what it was asked to, steadily, and drags height along. The closed-form direction moves the
# picture about as far without having seen a single one, and the kind of garment is lost at least as often.
# *Much* happens along it. Does *one thing*? For each of many directions of each family take the five slopes
# $s_i$, and the *purity*, the share that the largest has of their squares, $\max_i s_i^2/\sum_i s_i^2$: 1 for
# a direction that moves a single property, 0.2 for one that moves all alike.


# %%
def family(model, directions):
    """Pixel change and purity (the largest slope's share of the squares) of each direction (row)."""
    decode, _, _ = machines[model]
    _, _, starts, spread = tools[model]
    found = []
    for direction in directions:
        pictures, change = move(decode, starts, direction, spread)
        slopes = change.mean(axis=0) ** 2
        pixels = np.sqrt(np.mean((pictures[1] - pictures[0]) ** 2)) / 2
        found.append((pixels, slopes.max() / slopes.sum()))
    return np.array(found)  # (directions, 2)


families = {}
for model, (_, _, size) in machines.items():
    rotation = stats.ortho_group.rvs(size, random_state=1)
    count = min(size, n_directions)
    kinds = {
        "closed form": tools[model][1].T[:count],
        "axes": np.eye(size)[:count],
        "rotated axes": rotation[:count],
    }
    families[model] = {name: family(model, directions) for name, directions in kinds.items()}


# %%
print(f"{'':18s} {'pixels: mean':>13s} {'median':>7s} {'largest':>8s} {'spread':>7s}  purity")
purer = {}
for model, kinds in families.items():
    for name, found in kinds.items():
        change, pure = found[:, 0], inference.resampled(np.mean, found[:, 1])
        print(f"{model} {name:14s} {change.mean():13.3f} {np.median(change):7.3f} {change.max():8.3f} "
              f"{change.std():7.3f}  {pure}")  # fmt: skip
        runtime.record(f"purity_{model}_{name.replace(' ', '_')}", pure, pixels=change.mean())
        if name != "rotated axes":
            purer[f"{model}: {name} purer than rotated axes"] = inference.difference(
                found[:, 1], kinds["rotated axes"][:, 1], paired=False, of="directions")  # fmt: skip
for name, told in inference.holm(purer).items():
    print(f"{name:42s} {told.said()}")

# %% [markdown]
# The largest change belongs to a closed-form direction: in the GAN it is several times that of an average
# axis. (On average the closed-form ones change no more: there a few change very much, and half of them much
# less than an axis.) Are they purer than rotated axes, which are directions at random? In the GAN they are;
# in the VAE that is not decided. They show where the network is *sensitive*. What one of them means is said
# afterwards, by somebody who looks at pictures and finds a word.
#
# Now compare the last two rows of each model.

# %% [markdown]
# ### One number, one meaning?
#
# An axis is a direction too: the one that changes a single latent. Is it special? For a GAN there is an
# answer without any statistics. The latents $z$ are standard normal, and for a rotation $R$ (here any matrix
# with $RR^\top=I$, with or without a reflection) so are $zR$: every direction is like every other. The first
# layer sees $z$ through its kernel $K$ only, as $zK$.
#
# ## Exercise: a rotation that nobody sees
#
# Give the generator rotated latents `z @ rotation`. With which kernel does it paint what it painted? `kernel`
# is `(latents, outputs)`, `rotation` `(latents, latents)`; return a kernel of the same shape.


# %% tags=["exercise"]
def absorb(kernel, rotation):
    """The kernel for rotated latents."""
    ...


# %% tags=["solution"]
def absorb(kernel, rotation):
    """The kernel for rotated latents."""
    return rotation.T @ kernel  # (z R)(Rᵀ K) = z K


# %% tags=["check"]
absorb = check.absorb(absorb)

# %%
rotation = stats.ortho_group.rvs(64, random_state=1).astype("float32")  # (64, 64)
turned = gan.conv_generator()
turned.set_weights(tailor.get_weights())
kernel, bias = turned.layers[1].get_weights()  # (64, 6272), (6272,)
turned.layers[1].set_weights([absorb(kernel, rotation), bias])

z = np.random.default_rng(4).standard_normal((n_garments, 64)).astype("float32")
plain_pictures = decode_gan(z)
same = turned.predict(z @ rotation, batch_size=500, verbose=0)
others = turned.predict(z, batch_size=500, verbose=0)
print(
    f"rotated latents, absorbed rotation: largest difference of a pixel {np.abs(same - plain_pictures).max():.1e}"
)
scores = {"as trained": jury.frechet(plain_pictures), "turned": jury.frechet(others)}
again = [jury.frechet(garments(tailor, seed)) for seed in seeds]  # as trained, from other latents
runtime.record("rotation_pixels", np.abs(same - plain_pictures).max())
runtime.record("rotation_distance", scores, judge=jury.version, samples=n_garments, again=again)
print(f"the same latents in both: Fréchet distance {scores['as trained']:.2f} as trained, {scores['turned']:.2f} turned\n"
      f"as trained, other latents: {', '.join(f'{value:.2f}' for value in again)}")  # fmt: skip

# %%
one = z[:1].repeat(7, axis=0)
one[:, 0] = np.linspace(-3, 3, 7)  # latent number 0, and nothing else
rows = {"as trained": decode_gan(one), "turned": turned.predict(one, verbose=0)}
figure = plots.pairs(
    rows,
    title="“The meaning of latent 0” in two generators that are equally good",
    captions=[f"{v:+.0f}" if v else "0" for v in one[:, 0]],
)
plots.show(
    figure,
    alt="Two rows of seven garments; in each, one latent runs from -3 to 3, and the rows show different garments that "
    "change in different ways.",
)

# %% [markdown]
# The second generator paints every picture that the first one paints, equally often; the loss, the
# discriminator and the judge cannot tell them apart. But its latent 0 is a mixture of all 64 of the first
# one. What you say about latent 0 of one has no reason to hold for the other. So **a single latent of such a
# GAN has no meaning that its loss asked for**, by construction.
#
# ### The VAE does care
#
# A VAE's prior is as round, but its clouds are not: $q(z\mid x)$ has a *diagonal* covariance $V$, one
# variance for each latent. Rotate the codes, and absorb the rotation into the decoder: pictures from the
# prior stay the same as well. But the cloud becomes $\Sigma=R^\top VR$, and if it must be diagonal again, the
# best one (that with the smallest KL from it to the rotated one) has the variances $1/(\Sigma^{-1})_{jj}$. If
# the cloud was the true posterior, the bound falls by exactly what is missing,
#
# $$\tfrac12\Big(\sum_j\log(\Sigma^{-1})_{jj}-\log\det\Sigma^{-1}\Big)\ \ge 0 ,$$
#
# and it is 0 only if $\Sigma$ is diagonal (Hadamard's inequality). That is a prediction in nats. Measure the
# bound of test garments, as it is and rotated three times; $\sigma$ is taken from training pictures.

# %% tags=["final"]
garments_test = data.signed(data.load("fashion", "test")[0][:n_test])  # (n_test, 28, 28, 1)
heads_test = data.signed(data.heads("test")[0])  # (18, 64, 64, 3)


# %%
def sample(mean, variance, rng):
    """One code of each cloud."""
    return (mean + np.sqrt(variance) * rng.standard_normal(mean.shape)).astype("float32")


few = data.signed(data.load("fashion", "train")[0][:n_test])
mean, log_var = shaper.encode(few)
returned = shaper.decode(sample(mean, np.exp(log_var), np.random.default_rng(1)))
sigma = np.sqrt(np.mean((returned - few) ** 2))
mean, log_var = shaper.encode(garments_test)  # (n_test, 16) each
variance = np.exp(log_var.astype("float64"))


def elbo(mean, variance, turn, repeats=4):
    """The bound of each test garment, when the decoder takes codes @ turn.T; nats, (n_test,)."""
    rng, errors = np.random.default_rng(3), 0
    for _ in range(repeats):
        codes = sample(mean, variance, rng) @ turn.T.astype("float32")
        errors = errors + ((shaper.decode(codes) - garments_test) ** 2).sum(axis=(1, 2, 3)) / repeats
    likelihood = -errors / (2 * sigma**2) - 784 * (np.log(sigma) + np.log(2 * np.pi) / 2)
    return likelihood - 0.5 * (mean**2 + variance - np.log(variance) - 1).sum(axis=1)


# %%
as_it_is, missed = elbo(mean, variance, np.eye(16)), {}
for seed in seeds:
    turn = stats.ortho_group.rvs(16, random_state=seed)
    precision = np.einsum("ji,nj,jk->nik", turn, 1 / variance, turn)  # (n_test, 16, 16), Σ⁻¹
    sharpness = np.einsum("nii->ni", precision)  # its diagonal
    predicted = 0.5 * (np.log(sharpness).sum(axis=1) - np.linalg.slogdet(precision)[1])
    fall = as_it_is - elbo(mean @ turn, 1 / sharpness, turn)
    told = inference.resampled(np.mean, fall)
    print(f"rotation {seed}: the bound falls by {told} nats; predicted {predicted.mean():.2f}")
    runtime.record(f"rotation_cost_{seed}", told, predicted=predicted.mean())
    missed[f"rotation {seed}"] = inference.difference(fall, predicted, paired=True, of="garments")
for name, told in inference.holm(missed).items():
    print(f"{name}: more than predicted? {told.said('nats')}")

# %%
ratios, uneven = {}, {}
for model, kinds in families.items():
    both = kinds["axes"][:, 0], kinds["rotated axes"][:, 0]  # pixels that a step changes
    ratios[model] = inference.resampled(lambda a, b: a.std() / b.std(), *both)
    print(f"{model}: axes differ from one another {ratios[model]} times as much as rotated ones")
    runtime.record(f"axes_special_{model}", ratios[model])
    far = [np.abs(one - np.median(one)) for one in both]  # from the middle one
    uneven[model] = inference.difference(*far, paired=False, of="directions")
for model, told in inference.holm(uneven).items():
    print(f"{model}: axes farther from their median than rotated ones? {told.said()}")

# %% [markdown]
# The prediction has the right size, though a trained cloud is not quite the true posterior. So a VAE's loss
# prefers some axes to others. And the axes that it found are special: they differ from one another more
# than rotated ones, some changing pictures much, others little. In the GAN no sign of it is decided.
# *Special* is not yet *meaningful*: purity in the table above is what would have to be high (Rolínek et al.
# 2019 say what axes a VAE prefers, Locatello et al. 2019 why no loss of this kind can promise that they are
# yours).
#
# ### Awake, and needed?
#
# Lesson <<likelihood_and_collapse>> counted a VAE's latents by their KL: many nats, much said. Is what a
# latent *says* what the decoder *uses*? Set one latent after another to 0, the prior's mean, and see how much
# worse test pictures come back.

# %%
head_vae = vae.VAE(*vae.head_networks())  # lesson <<a_space_of_pictures>>'s heads, 24 latents
weights.load_into(head_vae, "heads_vae.weights.h5")
agree = {}
for name, model, pictures in (("garments", shaper, garments_test), ("heads", head_vae, heads_test)):
    codes, log_v = model.encode(pictures)
    nats = 0.5 * (codes**2 + np.exp(log_v) - log_v - 1).mean(axis=0)  # KL of each latent
    whole = np.mean((model.decode(codes) - pictures) ** 2)
    loss = []
    for latent in range(min(n_muted, codes.shape[1])):
        muted = codes.copy()
        muted[:, latent] = 0
        loss.append(np.mean((model.decode(muted) - pictures) ** 2) / whole)
    agree[name] = dissection.rank_interval(nats[: len(loss)], loss)
    rho, low, high_end = agree[name]
    print(f"{name:9s} {len(nats)} latents, {nats.min():.1f} to {nats.max():.1f} nats; without one the error is "
          f"{min(loss):.1f} to {max(loss):.1f} times as large; rank correlation {rho:.2f} [{low:.2f}, {high_end:.2f}]")  # fmt: skip
    runtime.record(f"kl_against_loss_{name}", rho, interval=[low, high_end], of="latents")

# %% [markdown]
# Here watching and intervening agree: the KL, read off the encoder without touching anything, orders the
# latents nearly as the ablation does. It is no accident. The loss weighs one against the other: a latent is
# given nats only as far as they pay in reconstruction. A generator's units are under no such contract;
# nothing in a GAN's loss ties where or how much a unit is high to what it is used for.
#
# ## When it goes wrong
#
# ### The sea unit
#
# It had everything: a high agreement, well above its share, on views it was not chosen on, with nothing of
# the kind in an untrained network, and a convincing figure. Now the experiment.

# %%
by_sea = iou["sea"].argsort()[::-1]
on_land = find[dissection.coarse(seen(made)["land"], 16)].mean(axis=0)  # (64,), means on land
print(f"{'':6s} {'sea lost at 0':>22s} {'at their mean on land':>22s} "
      f"{'land lost, turned up':>21s} {'sand lost at 0':>15s}")  # fmt: skip
for size in sizes[::2]:  # 1, 4, 16
    units = by_sea[:size]
    after = off(units)
    gone, sand = lost("sea", after), lost("sand", after)
    other_off = lost("sea", off(units, on_land[units]))
    drowned = lost("land", off(units, turned_up[units]))
    print(f"{size:3d} off {gone[0]:8.1%} [{gone[1]:.1%}, {gone[2]:.1%}] {other_off[0]:22.1%} "
          f"{drowned[0]:21.1%} {sand[0]:15.1%}")  # fmt: skip
    others = {"drowned": drowned[0], "at_mean_on_land": other_off[0], "sand": sand[0]}
    runtime.record(f"sea_lost_{size}", gone[0], interval=list(gone[1:]), **others)
flooded = lost("sea", off(by_land[:4], turned_up[by_land[:4]]))
print(f"for comparison, 4 land units: off, {four['agree with land'][0]:.0%} of the land lost; "
      f"turned up, {flooded[0]:.0%} of the sea lost")  # fmt: skip

# %%
rows = {"painted": paint(test[:8]), "16 sea units off": paint(switch(test[:8], by_sea[:16], 0))}
rows["4 land units off"] = paint(switch(test[:8], by_land[:4], 0))
figure = plots.pairs(rows, title="Without the units of the sea, and without those of the land")
plots.show(
    figure,
    alt="Eight views; without sixteen sea units they are nearly the same, sea included; without four land units nearly all land "
    "is sea.",
)

# %% [markdown]
# The sea stays, whichever "off" you take, and the land does not drown. The sea unit *watches* the sea; for
# the sea it does nothing that would be missed. In this generator sea is the ground and land is put on it,
# so there is nothing that a sea unit would have to do. No statistic of where it lights up has told the sea
# unit from the land units. (Without it a part of the sand goes: it has a job, and its name would have
# hidden it.) **The cure is the intervention,** with its control.
#
# ### One of twelve thousand
#
# The second failure needs no trained network at all. Twelve thousand numbers, the 64 units at each of their
# 196 places; a few garments; and the question which number best tells tops with long sleeves from the rest.
# Choose it, and report it.

# %%
label = np.isin(jury.labels(sew(cloth_find)), (2, 4, 6)).astype("float64")  # (n_garments,)


def correlation(numbers, wanted):
    """Pearson's correlation of every column with what is wanted."""
    numbers, wanted = numbers - numbers.mean(axis=0), wanted - wanted.mean()
    return wanted @ numbers / np.sqrt((numbers**2).sum(axis=0) * (wanted**2).sum() + 1e-12)


print("                 looked at   best of them   the same on others")
for name, half in {"never trained": untaught, "trained": warp}.items():
    numbers = garments(half, 1).reshape(n_garments, -1)  # (n, 12544)
    for looked in (20, n_garments // 2):
        found_r = correlation(numbers[:looked], label[:looked])
        best = np.abs(found_r).argmax()
        again = correlation(numbers[n_garments // 2 :, [best]], label[n_garments // 2 :])[0] * np.sign(
            found_r[best]
        )
        print(f"{name:15s} {looked:10d} {abs(found_r[best]):14.2f} {again:20.2f}")
        runtime.record(f"best_of_many_{name.split()[-1]}_{looked}", abs(found_r[best]), again=again)

# %% [markdown]
# Twenty garments and a network with random weights give a "sleeve detector" with a correlation that looks
# like a discovery; on other garments it is nearly gone. The best of many is good by luck, the more so the
# fewer pictures one has looked at. (With many garments a little is left, and it is real: random weights mix
# the same latents from which the garment is made.) **The cure:** say how many you chose from, measure on
# pictures that had no part in the choice, and let an untrained network try.
#
# ### A large thing
#
# The third stood in the table of the garments: a *cloth unit*, the highest IoU there, and no better than in a
# network that was never trained. **The cure** is a glance at $m$. And the fourth: *off* was the mean, and
# land units seemed to do little. **The cure** is another "off".
#
# ## Verdict
#
# What the lesson measured:

# %%
print(
    f"four land units off:     {four['agree with land'][0]:.0%} of the land lost; as strong {four['as strong'][0]:.1%}, random {four['random'][0]:.1%}"
)
print(
    f"sixteen sea units off:   {lost('sea', off(by_sea[:16]))[0]:.1%} of the sea lost, with an IoU of {iou_test['sea']:.2f} for the best"
)
for name, (rho, low, high_end) in faithful.items():
    print(
        f"looks against does:      {name:6s} rank correlation {rho:5.2f} [{low:.2f}, {high_end:.2f}] over {n_alone} units"
    )
print(f"one latent, one meaning: axes / rotated axes, GAN {ratios['GAN']}, VAE {ratios['VAE']}")
print(f"KL against use:          garments {agree['garments'][0]:.2f}, heads {agree['heads'][0]:.2f}")

# %% [markdown]
# The articles call interpretability a challenge (K1). They are right, and more precise things can be said:
#
# - **A network is no black box where one can intervene.** Four units of a layer make the land of this
#   generator, so much so that you can draw with them. That was shown by switching, with controls, on views
#   that had no part in the choice.
# - **What a unit looks like is a hypothesis.** It was right for the land, wrong for the sea, and over all
#   units it says little about what they do. Agreement proposes; only an intervention decides.
# - **The unit need not be the unit of meaning.** Land needs four that stand in for each other; in the
#   layers before and behind no few units hold it; and a single latent of a GAN means nothing that its loss
#   asked for. A VAE's loss at least cares which its latents are.
# - **What is not shown:** that people would name the rest. Most of the 64 units have no name here, and our
#   names came from five rules of colour. A concept for which you have no rule, this method cannot find.

# %% [markdown]
# ## What to read
#
# - Bau, Zhu, Strobelt, Zhou, Tenenbaum, Freeman, Torralba, *GAN dissection*, ICLR 2019,
#   [1811.10597](https://arxiv.org/abs/1811.10597): agreement, ablation and insertion, with rooms and
#   churches.
# - Morcos, Barrett, Rabinowitz, Botvinick, *On the importance of single directions for generalization*, ICLR
#   2018, [1803.06959](https://arxiv.org/abs/1803.06959): in classifiers too, units that are selective are not
#   those that matter.
# - Shen, Zhou, *Closed-form factorization of latent semantics in GANs*, CVPR 2021,
#   [2007.06600](https://arxiv.org/abs/2007.06600): directions from the weights of the first layer.
# - Rolínek, Zietlow, Martius, *Variational autoencoders pursue PCA directions (by accident)*, CVPR 2019,
#   [1812.06775](https://arxiv.org/abs/1812.06775): what the diagonal covariance does to the axes.
# - Locatello et al., *Challenging common assumptions in the unsupervised learning of disentangled
#   representations*, ICML 2019, [1811.12359](https://arxiv.org/abs/1811.12359): the rotation argument in
#   general, and twelve thousand trained models.
