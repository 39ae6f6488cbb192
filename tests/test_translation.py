"""models/translation.py: who sees what, and what drives which network."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import check, data, training
from course_lib.models import translation, unet

pytestmark = pytest.mark.backends

SIDE = 16
RNG = np.random.default_rng(0)
LINES = RNG.choice([0, 60, 150, 255], (24, SIDE, SIDE, 1), p=[0.8, 0.05, 0.05, 0.1]).astype("uint8")
PICTURES = RNG.integers(0, 256, (24, SIDE, SIDE, 1)).astype("uint8")


def generator(noise=0):
    return unet.unet(SIDE, 1 + noise, 1, widths=(8, 16), patch=2, outputs="linear")


def discriminator(**changes):
    return translation.patch_discriminator((SIDE, SIDE, 1), 1, widths=(8, 8), **changes)


def translator(judged=True, noise=0, **settings):
    keras.utils.set_random_seed(1)
    networks = generator(noise), discriminator() if judged else None
    return translation.Translator(*networks, seed=1, **settings)


def trained(model, steps=3):
    before = [ops.convert_to_numpy(v).copy() for v in model.generator.trainable_variables]
    model.compile()
    log = model.fit(data.Batches((LINES, PICTURES), 8, seed=1), steps_per_epoch=steps, verbose=0).history
    moved = [
        np.abs(ops.convert_to_numpy(v) - b).max()
        for v, b in zip(model.generator.trainable_variables, before, strict=True)
    ]
    return log, max(moved)


@pytest.mark.parametrize(
    "settings", [{}, {"by_hand": False}, {"noise": 3}, {"judged": False}, {"pixel_weight": 0.0}]
)
def test_it_trains_whatever_it_is_told(settings):
    model = translator(**settings)
    log, moved = trained(model)
    assert set(translation.Translator.log_names) < set(log) and moved > 0
    assert all(np.isfinite(values).all() for values in log.values())


def test_the_same_seed_gives_the_same_weights():
    first, second = translator(noise=2), translator(noise=2)
    trained(first)
    trained(second)
    for one, other in zip(first.generator.variables, second.generator.variables, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(one), ops.convert_to_numpy(other))


def test_without_a_discriminator_the_loss_is_the_pixels():
    model = translator(judged=False, pixel_weight=3.0)
    painted, real = ops.convert_to_tensor([[[[0.5]]]]), ops.convert_to_tensor([[[[-0.5]]]])
    assert float(model.generator_loss(None, real, painted)) == pytest.approx(3.0)


def test_pictures_painted_stay_pictures():
    model = translator()
    for variable in model.average_generator.variables:
        variable.assign(variable * 0 + 0.5)
    painted = ops.convert_to_numpy(model(data.signed(LINES)))
    assert painted.min() >= -1 and painted.max() == 1


def test_a_blind_discriminator_does_not_see_the_outline():
    for sees, expected in ((True, 2), (False, 1)):
        judge = discriminator(sees_outline=sees)
        assert len(judge.inputs) == expected
        model = translation.Translator(generator(), judge, seed=1)
        pictures = ops.convert_to_tensor(data.signed(PICTURES[:2]))
        logits = [
            ops.convert_to_numpy(model.logits(ops.full_like(pictures, ink), pictures)) for ink in (-1.0, 1.0)
        ]
        assert logits[0].shape == (2, 8, 8, 1)
        assert np.array_equal(*logits) == (not sees)


def test_a_logit_sees_a_patch_and_no_more():
    judge = translation.patch_discriminator((32, 32, 1), 1, widths=(4, 4, 4), sees_outline=False)
    slope = training.gradient(
        lambda x: judge(x)[:, 4, 4, 0],
        ops.convert_to_tensor(RNG.normal(size=(1, 32, 32, 1)).astype("float32")),
    )
    seen = np.argwhere(np.abs(ops.convert_to_numpy(slope)[0, ..., 0]) > 0)
    assert (seen.max(axis=0) - seen.min(axis=0) + 1 == 18).all()  # 1 + 3·1 + 3·2 + 2·4


def test_noise_is_the_same_at_every_pixel():
    latents = ops.convert_to_tensor(RNG.normal(size=(2, 3)).astype("float32"))
    joined = ops.convert_to_numpy(translation.with_noise(ops.ones((2, 4, 4, 1)), latents))
    assert joined.shape == (2, 4, 4, 4)
    np.testing.assert_array_equal(joined[:, 0, 0, 1:], ops.convert_to_numpy(latents))
    assert (joined == joined[:, :1, :1]).all()


# -------------------------------------------------------------------------------- sloppy and clean


def sloppy(lines, strength=0.5, share=0.0, thick=0.0, wobble=0.0):
    batch = len(lines)
    chance = np.tile(np.float32([strength, share, thick]), (batch, 1))
    wobbles = np.full((2, batch, 6), wobble, "float32")
    gaps = RNG.uniform(size=(batch, SIDE // 4, SIDE // 4, 1)).astype("float32")
    arrays = [ops.convert_to_tensor(x) for x in (data.signed(lines), chance, *wobbles, gaps)]
    return ops.convert_to_numpy(translation.sloppy(*arrays))


def test_drawings_are_ink_on_paper():
    for drawing in (sloppy(LINES), ops.convert_to_numpy(translation.clean(data.signed(LINES)))):
        assert drawing.shape == LINES.shape and set(np.unique(drawing)) == {-1, 1}


def test_without_accidents_a_drawing_is_the_lines():
    np.testing.assert_array_equal(sloppy(LINES, 0.5) < 0, LINES > 127)
    np.testing.assert_array_equal(sloppy(LINES, 0.0) < 0, LINES > 0)
    np.testing.assert_array_equal(sloppy(LINES, 0.999) < 0, LINES == 255)
    clean = ops.convert_to_numpy(translation.clean(data.signed(LINES)))
    np.testing.assert_array_equal(clean < 0, LINES >= 150)


def test_gaps_take_ink_away_and_thick_lines_add_some():
    plain = sloppy(LINES) < 0
    torn, thick = sloppy(LINES, share=0.99) < 0, sloppy(LINES, thick=0.9) < 0
    assert (torn <= plain).all() and torn.sum() < 0.95 * plain.sum()
    assert (plain <= thick).all() and thick.sum() > 1.5 * plain.sum()


def test_a_crooked_hand_moves_lines():
    cross = np.zeros((1, SIDE, SIDE, 1), "uint8")
    cross[0, 8], cross[0, :, 8] = 255, 255
    moved = sloppy(cross, wobble=3.2)  # 3.2 · 16 / 50: a pixel, down and right
    assert moved[0, 9, 9, 0] == -1 and moved[0, 8, 4, 0] == 1
    assert (sloppy(cross) == sloppy(cross, wobble=0.1)).all()


# ------------------------------------------------------------------------------------ without pairs


def test_colour_curves_begin_with_nothing_and_move_nothing():
    curves = translation.colour_curves()
    pictures = RNG.uniform(-1, 1, (1, 6, 6, 3)).astype("float32")
    np.testing.assert_array_equal(ops.convert_to_numpy(curves(pictures)), pictures)
    curves.layers[-2].kernel.assign(curves.layers[-2].kernel + 0.3)
    changed, turned = (ops.convert_to_numpy(curves(x)) for x in (pictures, pictures[:, ::-1].copy()))
    np.testing.assert_allclose(turned, changed[:, ::-1], rtol=1e-5)
    assert np.abs(changed - pictures).max() > 0.01


def test_a_cycle_trains_both_ways():
    keras.utils.set_random_seed(2)
    judges = [
        translation.patch_discriminator((8, 8, 1), 3, widths=(4, 4), sees_outline=False) for _ in range(2)
    ]
    there, back = translation.colour_curves(), translation.colour_curves()
    model = translation.CycleGAN(there, back, *judges, seed=2)
    model.compile()
    day, night = RNG.integers(0, 256, (2, 16, 8, 8, 3)).astype("uint8")
    log = model.fit(
        data.Batches((day, night // 3), 8, seed=1), epochs=2, steps_per_epoch=4, verbose=0
    ).history
    assert log["cycle_error"][0] < 0.1  # both begin as the identity
    for network in (there, back, *judges):
        assert any(np.abs(ops.convert_to_numpy(v)).max() > 0 for v in network.trainable_variables)
    assert np.abs(ops.convert_to_numpy(model(data.signed(day))) - data.signed(day)).max() > 0


def test_the_exercise_takes_the_step_of_the_library(monkeypatch):
    """Two moves, each with a pass of its own, end where the library's one pass through the generator ends."""
    given = [ops.convert_to_tensor(data.signed(x[:8])) for x in (LINES, PICTURES)]
    moved = []
    for step in (check.painter_step.answer, translation.Translator.step):
        model = translator(pixel_weight=20.0)
        monkeypatch.setattr(model, "outlines", lambda lines: lines)
        model.compile(keras.optimizers.SGD(0.02), keras.optimizers.SGD(0.01))
        for _ in range(2):
            step(model, *given) if step is check.painter_step.answer else step(model, given)
        moved.append([ops.convert_to_numpy(v) for v in model.generators() + model.discriminators()])
    for mine, its in zip(*moved, strict=True):
        np.testing.assert_allclose(mine, its, atol=1e-5)
