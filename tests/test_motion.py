"""Films that turn and slide, and the networks that go on with them."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from scipy import ndimage

import lesson_source
from course_lib import check, data, metrics, training
from course_lib.data import motions
from course_lib.models import motion, rnn
from course_lib.models.supervised import Supervised

pytestmark = pytest.mark.backends

LESSON = Path(__file__).resolve().parents[1] / "chapters/03_rnn/2_turning_and_sliding.py"
SHAPE = (16, 16, 1)


@pytest.fixture(scope="module")
def garments():
    pictures, _ = data.load("fashion", "test")
    return pictures[:100]


def as_array(tensor):
    return ops.convert_to_numpy(tensor)


def soft_pictures(n=2, size=16, seed=1):
    """Smooth pictures in [-1, 1] with a black margin."""
    noise = np.random.default_rng(seed).uniform(-1, 1, (n, size, size))
    noise = np.pad(ndimage.gaussian_filter(noise, (0, 1, 1))[:, 3:-3, 3:-3], ((0, 0), (3, 3), (3, 3)))
    return (np.clip(3 * noise, 0, 1) * 2 - 1)[..., None].astype("float32")


# --------------------------------------------------------------------------------------------- films


def test_the_same_seed_makes_the_same_films(garments):
    first, again = (motions.moving_pictures(garments, 4, 6, seed=3) for _ in range(2))
    other = motions.moving_pictures(garments, 4, 6, seed=4)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first.frames, other.frames)
    assert first.frames.shape == (4, 6, 32, 32, 1) and first.frames.dtype == np.uint8


def test_motions_lie_where_they_were_asked_for(garments):
    film = motions.moving_pictures(garments, 300, 1, turns=((1, 2), (5, 9)), slides=((0.3, 0.4),), seed=1)
    angles, speeds = np.abs(film.angles), np.linalg.norm(film.shifts, axis=1)
    turning = angles > 0
    assert 100 < turning.sum() < 200 and np.array_equal(turning, speeds == 0)
    assert (film.angles > 0).any() and (film.angles < 0).any()
    inside = (angles[turning] <= 2) & (angles[turning] >= 1)
    assert (inside | (angles[turning] >= 5)).all() and 0.1 < inside.mean() < 0.3
    assert speeds[~turning].min() >= 0.3 and speeds[~turning].max() <= 0.4
    direction = np.rad2deg(np.arctan2(-film.shifts[~turning, 0], film.shifts[~turning, 1])) % 360
    assert direction.max() <= 270


def test_a_step_turns_counter_clockwise_and_then_shifts():
    right, up = np.array([0, 1, 1]), np.array([-1, 0, 1])
    assert np.allclose(motions.step_matrix(90) @ right, up)
    assert np.allclose(motions.step_matrix(90, (3, 4)) @ right, [2, 4, 1])
    assert np.allclose(motions.step_matrix(30, (0, 0), 3) @ right, up)


def test_a_quarter_turn_is_a_quarter_turn(garments):
    film = motions.moving_pictures(garments, 5, 2, kinds=("turn",), turns=((90, 90),), seed=1)
    for frames, angle in zip(film.frames[..., 0], film.angles, strict=True):
        assert np.abs(np.rot90(frames[0], int(angle / 90)).astype(int) - frames[1]).max() <= 1


def test_a_slide_of_whole_pixels_is_a_roll(garments):
    film = motions.moving_pictures(
        garments, 3, 3, kinds=("slide",), slides=((2, 2),), directions=(90, 90), seed=1
    )
    assert np.allclose(film.shifts, [-2, 0])  # up
    rolled = np.roll(film.frames[:, 0], -2, axis=1).astype(int)
    assert np.abs(rolled - film.frames[:, 1]).max() <= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pictures": np.zeros((2, 28, 28, 1), "float32")}, "grey uint8"),
        ({"kinds": ("jump",)}, "choose from"),
        ({"kinds": ()}, "choose from"),
        ({"n": 0}, "at least 1"),
    ],
)
def test_films_that_cannot_be_made(garments, change, words):
    with pytest.raises(ValueError, match=words):
        motions.moving_pictures(**{"pictures": garments, "n": 1} | change)


# ------------------------------------------------------------------------------------------ geometry


def test_moved_is_the_warp_of_scipy():
    """The motion, its direction, its centre and its repetition, against another implementation."""
    pictures = soft_pictures()
    told = np.array([[np.deg2rad(20), 0.7, -1.2], [np.deg2rad(-35), 0.0, 0.4]], "float32")
    every = as_array(motion.moved(pictures, motion.repeated(ops.convert_to_tensor(told), 3)))
    assert every.shape == (2, 3, 16, 16, 1)
    for film in range(2):
        for steps in (1, 2, 3):
            step = motions.step_matrix(np.rad2deg(told[film, 0]), told[film, 1:], steps)
            matrix, offset = check.warp_arguments.answer(step, 16)
            right = ndimage.affine_transform(
                pictures[film, ..., 0], matrix, offset, order=1, mode="grid-constant", cval=-1
            )
            assert np.allclose(every[film, steps - 1, ..., 0], right, atol=1e-3)


def test_samples_are_scipys_inside_and_black_outside():
    pictures = soft_pictures(1)
    rng = np.random.default_rng(2)
    rows, columns = rng.uniform(0, 14.9, (2, 1, 40)).astype("float32")

    right = ndimage.map_coordinates(pictures[0, ..., 0], [rows[0], columns[0]], order=1)
    both = map(ops.convert_to_tensor, (rows, columns))
    assert np.allclose(as_array(motion.sample(pictures, *both))[0].ravel(), right, atol=1e-5)
    far = np.array([[-1, -50, 16, 900, 5, 5]], "float32"), np.array([[5, 5, 5, 5, -1, 400]], "float32")
    assert np.allclose(as_array(motion.sample(pictures, *map(ops.convert_to_tensor, far))), -1)


def test_the_slope_of_a_warp_points_to_the_motion():
    """At a guess that is too small the error falls as the guess grows, for angle and shift alike."""
    pictures = soft_pictures(1)
    told = np.array([[0.3, 0.8, -0.8]], "float32")
    right = motion.moved(pictures, told[:, None])
    slope = as_array(
        training.gradient(
            lambda guess: ops.mean((motion.moved(pictures, guess[:, None]) - right) ** 2),
            ops.convert_to_tensor(0.7 * told),
        )
    )
    assert (slope * told < 0).all()


def test_the_faults_of_the_exercise_err_as_its_hints_say(garments):
    """Levels and order that tell the six curves apart, over films of several seeds."""
    truth = check.what_went_wrong.answer()
    for seed in range(3):
        films = motions.moving_pictures(garments, 24, kinds=("turn",), turns=((9, 10),), seed=seed)
        made = check.motion.made_wrongly(films.frames[:, 3], films.angles, 8)
        made["copy"] = np.repeat(films.frames[:, 3:4], 8, axis=1)
        decibels = {
            truth.get(letter, letter): [
                metrics.psnr(films.frames[:, 4 + k], m[:, k]).mean() for k in range(8)
            ]
            for letter, m in made.items()
        }
        assert np.ptp(decibels["one step late"]) < 2
        first = {name: values[0] for name, values in decibels.items()}
        assert min(first["again and again"], first["stops after a step"]) > first["half the angle"] + 3
        assert first["half the angle"] > first["copy"] + 3 and abs(first["one step late"] - first["copy"]) < 1
        assert first["copy"] > first["the wrong way"] + 2 > first["about the corner"] + 4
        last = {name: values[-1] for name, values in decibels.items()}
        assert last["again and again"] > last["stops after a step"] + 5


def test_every_confusion_of_faults_gets_a_sentence_or_the_count():
    truth = check.what_went_wrong.answer()
    for letter in truth:
        for name in check.what_went_wrong.fields[letter]:
            mark, hint, _ = check.what_went_wrong.grade(lambda n=name, x=letter: {**truth, x: n})
            told = check.what_went_wrong.told.get((truth[letter], name), "5 of 6 are named rightly")
            assert (mark, told in hint) == (("✓", False) if name == truth[letter] else ("✗", True))


def test_the_lesson_sees_how_far_made_frames_turn(garments):
    lesson = lesson_source.namespace(LESSON, ("given",))
    film = motions.moving_pictures(garments, 3, 12, kinds=("turn",), seed=1)
    half = lesson["warped"](film, np.column_stack([film.angles / 2, film.shifts]))
    copied = np.repeat(film.frames[:, 3:4], 8, axis=1)
    for added, share in ((film.frames[:, 4:], 1), (half, 0.5), (copied, 0)):
        assert np.abs(lesson["turned"](film, added) - share).max() < 0.05


# ------------------------------------------------------------------------------------------ networks

NETWORKS = {
    "stack": lambda: motion.StackNetwork(SHAPE, width=6, memory=3, hidden=(7,)),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_no_network_looks_ahead(kind):
    keras.utils.set_random_seed(1)
    network = NETWORKS[kind]()
    frames = np.random.default_rng(1).uniform(-1, 1, (2, 6, *SHAPE)).astype("float32")
    before = as_array(network(frames))
    assert before.shape == frames.shape and np.abs(before).max() <= 1.0001
    for time in range(1, 6):
        changed = frames.copy()
        changed[:, time:] = -frames[:, time:]
        after = as_array(network(changed))
        assert np.array_equal(after[:, :time], before[:, :time])
        assert not np.allclose(after[:, time], before[:, time])


def test_the_stack_forgets_what_is_older_than_its_memory():
    keras.utils.set_random_seed(1)
    network = NETWORKS["stack"]()
    frames = np.random.default_rng(1).uniform(-1, 1, (2, 7, *SHAPE)).astype("float32")
    changed = frames.copy()
    changed[:, 0] = -frames[:, 0]
    before, after = as_array(network(frames)), as_array(network(changed))
    # The misfit of the oldest frame in memory is with the one before it.
    assert not np.allclose(after[:, 3], before[:, 3])
    assert np.array_equal(after[:, 4:], before[:, 4:])


@pytest.mark.parametrize("kind", NETWORKS)
def test_networks_are_trained_and_built_again(kind):
    keras.utils.set_random_seed(1)
    frames = np.random.default_rng(1).uniform(-1, 1, (8, 5, *SHAPE)).astype("float32")
    model = rnn.NextFrame(NETWORKS[kind](), 3, forcing=0.0, seed=1)
    model.compile()
    losses = model.fit(frames, batch_size=4, epochs=5, steps_per_epoch=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    again = type(model.network).from_config(model.network.get_config())
    again.set_weights(model.network.get_weights())
    assert np.allclose(as_array(again(frames)), as_array(model.network(frames)), atol=1e-5)


def test_the_target_of_next_frame_can_be_changed():
    class Original(rnn.NextFrame):
        def pair(self, frames):
            return frames[:, :-1], frames[:, :-1]

    frames = np.random.default_rng(1).uniform(-1, 1, (1, 4, *SHAPE)).astype("float32")
    keras.utils.set_random_seed(1)
    network = rnn.FrameNetwork(SHAPE, width=6, depth=1, moves=1)
    losses = []
    for kind in (Original, rnn.NextFrame):
        outputs = as_array(network(frames[:, :-1]))
        _, target = kind(network, 3).pair(frames)
        losses.append(np.mean((outputs - target) ** 2))
    assert losses[0] != losses[1]
    assert np.array_equal(rnn.NextFrame(network, 3).pair(frames)[1], frames[:, 1:])


class Finds(Supervised):
    def pair(self, films):
        return films[:, :4], films[:, 4:]


def test_the_finder_begins_with_no_motion_and_finds_one():
    keras.utils.set_random_seed(1)
    pictures = soft_pictures(32, seed=3)
    told = np.random.default_rng(1).uniform(-1, 1, (32, 3)).astype("float32") * np.array(
        [0.15, 0.5, 0.5], "float32"
    )
    moved = as_array(motion.moved(pictures, motion.repeated(ops.convert_to_tensor(told), 6)))
    films = np.concatenate([pictures[:, None], moved], axis=1)  # (32, 7, 16, 16, 1)
    network = motion.MotionNetwork(SHAPE, given=4, steps=3, rounds=2)
    assert np.allclose(as_array(network.find(films[:, :4])), 0)
    still = as_array(network(films[:, :4]))
    assert still.shape == (32, 3, *SHAPE)
    assert np.allclose(still, np.repeat(films[:, 3:4], 3, axis=1), atol=1e-5)
    model = Finds(network, "mean_squared_error", seed=1)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(films, batch_size=16, steps_per_epoch=100, verbose=0)
    found = as_array(network.find(films[:, :4], rounds=3))
    assert found.shape == (32, 3)
    assert np.abs(found - told).mean() < 0.5 * np.abs(told).mean()
    assert metrics.psnr(films[:, 6], as_array(network(films[:, :4]))[:, 2]).mean() > (
        metrics.psnr(films[:, 6], still[:, 2]).mean() + 1
    )
