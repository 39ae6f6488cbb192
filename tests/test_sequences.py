"""Films of moving garments, and the networks that go on with them."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib import check, data
from course_lib.data import sequences
from course_lib.models import rnn

pytestmark = pytest.mark.backends


@pytest.fixture(scope="module")
def garments():
    pictures, _ = data.load("fashion", "test")
    return pictures[:200]


def test_the_same_seed_makes_the_same_films(garments):
    first, again = (sequences.moving_garments(garments, 4, 6, seed=3) for _ in range(2))
    other = sequences.moving_garments(garments, 4, 6, seed=4)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first.frames, other.frames)
    assert first.frames.shape == (4, 6, 32, 32, 1) and first.frames.dtype == np.uint8


def test_garments_keep_their_speed_but_for_the_walls(garments):
    films = sequences.moving_garments(garments, 50, 12, garments=2, speeds=(1, 3), seed=1)
    steps = np.diff(films.positions, axis=1)  # (n, frames - 1, garments, 2)
    speeds = np.abs(films.velocities)[:, None]
    assert films.positions.min() >= 0
    assert speeds.min() == 1 and speeds.max() == 3
    assert (np.abs(steps) <= speeds).all()
    assert (np.abs(steps) == speeds).mean() > 0.8  # all but those at a wall
    # A garment goes on, or comes back from where it was, as many pixels from the wall as it would be
    # behind it.
    at_wall = np.abs(steps) != speeds
    heights = (films.cutouts.any(axis=3)).sum(axis=2), (films.cutouts.any(axis=2)).sum(axis=2)
    assert at_wall.any()
    assert (films.positions[..., 0].max(axis=1) <= 32 - heights[0]).all()
    assert (films.positions[..., 1].max(axis=1) <= 32 - heights[1]).all()


def test_a_single_garment_is_moved_pixel_by_pixel(garments):
    films = sequences.moving_garments(garments, 10, 8, garments=1, seed=2)
    for frames, places, cutout in zip(
        films.frames, films.positions[:, :, 0], films.cutouts[:, 0], strict=True
    ):
        height, width = cutout.any(axis=1).sum(), cutout.any(axis=0).sum()
        for frame, (row, column) in zip(frames[..., 0], places, strict=True):
            canvas = np.zeros_like(frame)
            canvas[row : row + height, column : column + width] = cutout[:height, :width]
            assert np.array_equal(frame, canvas)


def test_the_garment_in_front_hides_the_other(garments):
    films = sequences.moving_garments(garments, 30, 8, garments=2, seed=2)
    hidden = 0
    for film in range(30):
        for time in range(8):
            row, column = films.positions[film, time, 1]
            front = films.cutouts[film, 1]
            rows, columns = np.nonzero(front)
            assert np.array_equal(
                films.frames[film, time, row + rows, column + columns, 0], front[rows, columns]
            )
            hidden += (films.frames[film, time] > 0).sum() < (films.cutouts[film] > 0).sum()
    assert hidden > 20


def test_who_knows_the_motion_misses_only_what_was_hidden(garments):
    alone = sequences.moving_garments(garments, 10, 9, garments=1, seed=5)
    assert np.array_equal(sequences.redraw(alone, 1), alone.frames[:, 1:])
    both = sequences.moving_garments(garments, 40, 12, garments=2, seed=5)
    made, right = sequences.redraw(both, 3), both.frames[:, 3:]
    wrong = made != right
    assert 0 < wrong.mean() < 0.05
    assert (made[wrong] == 0).all()  # unknown, so black
    more = sequences.redraw(both, 9) != both.frames[:, 9:]
    assert more.mean() < wrong[:, 6:].mean()  # the more was seen, the less is hidden


def test_an_empty_place_stays_empty(garments):
    films = sequences.moving_garments(garments, 40, 3, garments=(1, 2), seed=1)
    used = films.cutouts.any(axis=(2, 3))  # (n, 2)
    assert used[:, 1].all() and 5 < used[:, 0].sum() < 35
    assert films.frames.any(axis=(2, 3, 4)).all()


@pytest.mark.parametrize(
    "change, words",
    [
        ({"pictures": np.zeros((3, 28, 28, 1), "float32")}, "uint8"),
        ({"pictures": np.zeros((3, 28, 28, 3), "uint8")}, "grey"),
        ({"pictures": np.zeros((0, 28, 28, 1), "uint8")}, "grey"),
        ({"n": 0}, "at least 1"),
        ({"garments": (2, 1)}, "at least 1"),
        ({"sides": (14, 40)}, "canvas"),
        ({"speeds": (3, 1)}, "speeds"),
    ],
)
def test_films_that_cannot_be_made(garments, change, words):
    arguments = {"pictures": garments, "n": 2, "frames": 3} | change
    with pytest.raises(ValueError, match=words):
        sequences.moving_garments(**arguments)


def test_redrawing_needs_frames_before_and_after(garments):
    films = sequences.moving_garments(garments, 2, 3)
    for given in (0, 3):
        with pytest.raises(ValueError, match="given"):
            sequences.redraw(films, given)


# ------------------------------------------------------------------------------------------- networks


def films_of_noise(batch=2, time=6, shape=(16, 8, 1), seed=1):
    return np.random.default_rng(seed).uniform(-1, 1, (batch, time, *shape)).astype("float32")


def small_network(shape=(16, 8, 1), **more):
    keras.utils.set_random_seed(1)
    return rnn.FrameNetwork(shape, **{"width": 6, "moves": 2, "reach": 2} | more)


def as_array(tensor):
    return ops.convert_to_numpy(tensor)


NETWORKS = {
    "recurrent": lambda: small_network(),
    "two layers": lambda: small_network(depth=2),
    "painted": lambda: small_network(moves=0),
    "dense": lambda: rnn.dense_lstm((16, 8, 1), units=5),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_no_network_looks_ahead(kind):
    network, frames = NETWORKS[kind](), films_of_noise()
    before = as_array(network(frames))
    assert before.shape == frames.shape and np.abs(before).max() <= 1.0001
    for time in range(1, frames.shape[1]):
        changed = frames.copy()
        changed[:, time:] = films_of_noise(seed=2)[:, time:]
        after = as_array(network(changed))
        assert np.array_equal(after[:, :time], before[:, :time])
        assert not np.allclose(after[:, time], before[:, time])


def test_frames_that_are_not_kept_are_not_seen():
    network, frames = small_network(), films_of_noise()
    kept = np.array([[1, 1, 1, 0, 0, 0]] * 2, "float32")
    first = as_array(network(frames, kept))
    changed = frames.copy()
    changed[:, 3:] = 0
    assert np.array_equal(as_array(network(changed, kept)), first)
    assert np.allclose(as_array(network(frames, np.ones((2, 6), "float32"))), as_array(network(frames)))
    # Running freely is giving the network its own expectation as the next frame.
    filled = frames.copy()
    for time in range(3, 6):
        filled[:, time] = as_array(network(filled))[:, time - 1]
    assert np.allclose(as_array(network(filled)), first, atol=1e-5)


def test_a_move_is_a_shift():
    network, frame = small_network(shape=(8, 8, 3), cell=4, reach=2), films_of_noise(3, 1, (8, 8, 3))[:, 0]
    every = as_array(network.shifted(ops.convert_to_tensor(frame)))
    assert every.shape == (3, 2, 2, 25, 48)
    padded = np.pad(frame, ((0, 0), (2, 2), (2, 2), (0, 0)), constant_values=-1)
    found = set()
    for row in range(5):
        for column in range(5):
            window = padded[:, row : row + 8, column : column + 8]
            cells = window.reshape(3, 2, 4, 2, 4, 3).swapaxes(2, 3).reshape(3, 2, 2, 48)
            same = np.flatnonzero((every == cells[..., None, :]).all(axis=(0, 1, 2, 4)))
            assert len(same) == 1
            found.add(int(same[0]))
    assert len(found) == 25
    cells = frame.reshape(3, 2, 4, 2, 4, 3).swapaxes(2, 3).reshape(3, 2, 2, 48)
    assert np.array_equal(every[..., 12, :], cells)  # the middle one does not move


@pytest.mark.parametrize("change", [{"cell": 3}, {"reach": 5}, {"reach": 0}])
def test_networks_that_cannot_be_built(change):
    with pytest.raises(ValueError, match="cell"):
        small_network(**change)


@pytest.mark.parametrize("kind", NETWORKS)
def test_going_on_is_feeding_back_what_was_expected(kind):
    network, films = NETWORKS[kind](), films_of_noise(time=3)
    added = rnn.continue_films(network, films, 4)
    assert added.shape == (2, 4, 16, 8, 1) and added.dtype == np.uint8
    film = films
    for _ in range(4):
        film = np.concatenate([film, as_array(network(film))[:, -1:]], axis=1)
    assert np.abs(data.to_uint8(film[:, 3:]).astype(int) - added).max() <= 1


def trained(forcing, steps=2, films=None):
    model = rnn.NextFrame(small_network(), given=2, forcing=forcing, seed=1)
    model.compile(keras.optimizers.Adam(1e-2))
    films = data.Batches(films_of_noise(8), batch_size=4, seed=1) if films is None else films
    model.fit(films, steps_per_epoch=steps, verbose=0)
    return model


def test_forcing_decides_what_is_seen():
    model = trained(0.0)
    coins = [as_array(model.kept(50, 9)).mean(axis=0) for model.forcing in (0.0, 0.5, 1.0)]
    assert np.array_equal(coins[0], [1, 1] + [0] * 7) and np.array_equal(coins[2], np.ones(9))
    assert (coins[1][:2] == 1).all() and 0.2 < coins[1][2:].mean() < 0.8
    model.forcing = keras.optimizers.schedules.PolynomialDecay(1.0, int(as_array(model.steps_taken)), 0.0)
    assert np.array_equal(as_array(model.kept(4, 9)), [[1, 1] + [0] * 7] * 4)


def test_training_makes_the_error_smaller_and_needs_no_future():
    films = np.repeat(films_of_noise(4)[:, :1], 6, axis=1)  # nothing moves
    batches = data.Batches(films, batch_size=4, seed=1)
    model = trained(0.5, steps=1, films=batches)
    first, last = (model.fit(batches, steps_per_epoch=n, verbose=0).history["loss"][0] for n in (1, 40))
    assert last < 0.8 * first


def test_a_saved_model_comes_back(tmp_path):
    model = trained(keras.optimizers.schedules.PolynomialDecay(1.0, 10, 0.0))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", custom_objects={"NextFrame": rnn.NextFrame})
    films = films_of_noise()
    assert np.allclose(as_array(again(films)), as_array(model(films)), atol=1e-6)
    assert again.given == 2 and callable(again.forcing) and again.optimizer is not None


# ------------------------------------------------------------------------- the exercise about a gate


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({}, ""),
        ({"update_bias": -3.0}, ""),
        ({"update_bias": 0.0}, "hardly depends on frame 0"),
        ({"update_bias": -8.0}, "lets enough in"),
    ],
)
def test_a_gate_is_judged_by_what_it_remembers(change, part, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "quick")
    setting = check.remember.answer() | change
    mark, hint, _ = check.remember.grade(lambda: setting)
    assert (mark, part in hint) == ("✗" if part else "✓", True)


def test_the_slope_of_the_exercise_is_the_slope():
    """Back-propagation by hand, against differences of the error."""
    from course_lib.check import next_frame

    rng = np.random.default_rng(1)
    weights = rng.normal(0, 0.5, (next_frame.UNITS + 2, 2 * next_frame.UNITS))
    project = rng.normal(size=(next_frame.UNITS, 1))
    films, answers = next_frame._lamps(rng, 3)
    _, felt, slopes = next_frame._passed(weights, project, films, answers)

    def error(array, place, by):
        kept, array[place] = array[place], array[place] + by
        found = next_frame._passed(weights, project, films, answers)[0]
        array[place] = kept
        return found

    for array, place in ((weights, (0, 2)), (weights, (4, 11)), (weights, (9, 3)), (project, (5, 0))):
        slope = (error(array, place, 1e-5) - error(array, place, -1e-5)) / 2e-5
        assert np.isclose(slope, slopes[array is project][place], rtol=1e-4, atol=1e-9)
    by_film = [(error(films, (30, n, 0), 1e-5) - error(films, (30, n, 0), -1e-5)) / 2e-5 for n in range(3)]
    assert np.isclose(np.linalg.norm(by_film), felt[30], rtol=1e-3)
