"""Checkpoints and films: nothing that was trained or made is lost, and what goes on differently is said."""

import errno
import json
import os
import re
import shutil
import time

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from course_lib import callbacks, files, settings
from course_lib.data import Batches
from course_lib.models import gan
from test_training import PICTURES, assert_same, small_gan, state

pytestmark = [pytest.mark.backends, pytest.mark.filterwarnings("ignore:Even though the `tf.config")]

ONE = {"batch_size": 10, "steps_per_epoch": 1, "verbose": 0}


def train(
    path, epochs=1, pictures=PICTURES, rate=None, optimizer=keras.optimizers.Adam, more=None, **settings
):
    """A small GAN after `fit` with a checkpoint; `more` goes to the optimizers, `settings` to the model."""
    model = small_gan(**settings)
    if rate is not None:
        model.compile(*(optimizer(rate, **(more or {})) for _ in range(2)))
    model.fit(pictures, epochs=epochs, checkpoint=path, **ONE)
    return model


@pytest.fixture(autouse=True, scope="module")
def steps_as_they_are_written():
    """What is kept does not depend on whether TensorFlow compiles a step, which takes longer than it."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gan.checkpoint"


@pytest.fixture
def capsys(capsys, monkeypatch):
    """What is printed, without the line breaks that fit it to a page."""
    read = capsys.readouterr

    def readouterr():
        printed = read()
        return type(printed)(*(text.replace("\n  ", " ") for text in printed))

    monkeypatch.setattr(capsys, "readouterr", readouterr)
    return capsys


@pytest.fixture
def disk(monkeypatch):
    """A disk that refuses as many moves as are in the list, each with its error."""
    refusals, move = [], os.replace

    def replace(source, target):
        if refusals:
            raise refusals.pop()
        move(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "WAITS", (0, 0))
    return refusals


# -- only a healthy state is kept -------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_training_that_diverges_leaves_the_last_good_state_and_its_advice_works(path, capsys, policy):
    keras.config.set_dtype_policy(policy)
    try:
        train(path, 2, rate=1e-3)
        good = path.read_bytes()
        train(path, 4, rate=1e30)
        assert path.read_bytes() == good
        advice = capsys.readouterr().err
        assert f"'{path}' still holds epoch 2: build the model again with a learning rate" in advice
        model = train(path, 4, rate=1e-4)
    finally:
        keras.config.set_dtype_policy("float32")
    printed = capsys.readouterr()
    assert "goes on from epoch 2 of 4" in printed.out
    assert "learning rate 0.0001; the checkpoint had 0.001" in printed.out and not printed.err
    assert all(np.isfinite(value).all() for value in state(model))
    assert float(ops.convert_to_numpy(model.g_optimizer.learning_rate)) == pytest.approx(1e-4)


def test_a_training_that_diverges_at_once_keeps_nothing(path, capsys):
    train(path, 3, rate=1e30)
    assert not path.exists()
    assert "The weights are lost: build the model again. Then try" in capsys.readouterr().err


def test_one_picture_that_is_not_finite_is_found_and_left_out(path, capsys):
    pictures = PICTURES.astype("float32") / 127.5 - 1
    pictures[77] = np.nan
    train(path, 10, pictures)
    advice = capsys.readouterr().err
    kept = int(re.search(r"still holds epoch (\d+)", advice)[1])
    assert "first in example 77" in advice and "accept_changes=True" in advice
    model = small_gan()
    rest = np.delete(pictures, 77, axis=0)
    with pytest.raises(ValueError, match="'examples': 100.*'examples': 99.*accept_changes=True"):
        model.fit(rest, epochs=10, checkpoint=path, **ONE)
    history = model.fit(rest, epochs=10, checkpoint=path, accept_changes=True, **ONE).history
    printed = capsys.readouterr()
    assert (
        f"goes on from epoch {kept} of 10" in printed.out
        and "examples 99; the checkpoint had 100" in printed.out
    )
    assert len(history["d_loss"]) == 10 and np.isfinite(history["d_loss"]).all()


def test_weights_that_no_log_shows_are_looked_at(path, capsys):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch >= 1:
                weight = self.model.average_generator.weights[0]
                weight.assign(weight * np.nan)

    model = small_gan()
    model.fit(PICTURES, epochs=3, checkpoint=path, callbacks=[Spoil()], **ONE)
    printed = capsys.readouterr().err
    assert printed.count("is no longer finite") == 1 and "still holds epoch 1" in printed
    fresh = train(path, 1)
    assert all(np.isfinite(value).all() for value in state(fresh))


def test_a_measure_that_is_not_finite_costs_no_state(path):
    measure = callbacks.Measure("distance", lambda model: np.nan)
    small_gan().fit(PICTURES, epochs=2, checkpoint=path, callbacks=[measure], **ONE)
    history = small_gan().fit(PICTURES, epochs=2, checkpoint=path, **ONE).history
    assert len(history["d_loss"]) == 2 and np.isnan(history["distance"]).all()


def test_bfloat16_weights_come_back_exactly(path):
    keras.config.set_dtype_policy("bfloat16")
    try:
        assert_same(train(path, 2), train(path, 2))
    finally:
        keras.config.set_dtype_policy("float32")


# -- what differs is refused, or said ---------------------------------------------------------------


def another_layer():
    model = small_gan()
    discriminator = gan.dense_discriminator((6, 6, 1), (8,))
    for layer in discriminator.layers:
        if hasattr(layer, "negative_slope"):
            layer.negative_slope = 0.3
    other = gan.GAN(model.generator, discriminator, seed=1)
    other.compile()
    return other


@pytest.mark.parametrize(
    ("settings", "fit", "old", "new"),
    [
        ({"r1_weight": 10.0}, {}, "'r1_weight': 1.0", "'r1_weight': 10.0"),
        ({"augmented": True}, {}, "'augmented': False", "'augmented': True"),
        ({}, {"x": PICTURES[::-1]}, "'data.content'", "'data.content'"),
        ({}, {"x": PICTURES * 100.0}, "'data.dtype': 'uint8'", "'data.dtype': 'float64'"),
        ({}, {"x": PICTURES[:50]}, "'examples': 100", "'examples': 50"),
        ({}, {"seed": 3}, "'seed': 0", "'seed': 3"),
        ({}, {"steps_per_epoch": 2}, "'steps_per_epoch': 1", "'steps_per_epoch': 2"),
    ],
)
@pytest.mark.tensorflow  # settings are read from Keras' configuration, and the next three run everywhere
def test_what_would_be_learnt_differently_is_refused(path, settings, fit, old, new):
    train(path)
    before = path.read_bytes()
    model = small_gan(**settings)
    weights = state(model)
    with pytest.raises(
        ValueError, match=f"gan.checkpoint' was made with {{.*{old}.*this training has {{.*{new}"
    ):
        model.fit(**{"x": PICTURES, "epochs": 2, "checkpoint": path} | ONE | fit)
    assert path.read_bytes() == before
    for mine, still in zip(weights, state(model), strict=True):
        np.testing.assert_array_equal(mine, still)


def test_another_layer_of_the_same_shapes_is_refused(path):
    train(path)
    with pytest.raises(ValueError, match=r"'discriminator.layers\[\d\].negative_slope': 0.2.* 0.3"):
        another_layer().fit(PICTURES, epochs=2, checkpoint=path, **ONE)


def test_another_optimizer_is_refused_by_name(path):
    train(path)
    with pytest.raises(ValueError, match="'g_optimizer': 'Adam'.*not .*'g_optimizer': 'SGD'"):
        train(path, 2, rate=0.1, optimizer=keras.optimizers.SGD)


def test_another_type_of_numbers_is_refused(path):
    train(path)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with pytest.raises(ValueError, match="'dtype': 'float32'.*'dtype': 'mixed_bfloat16'"):
            train(path, 2)
    finally:
        keras.config.set_dtype_policy("float32")


def test_numbers_of_the_optimizer_are_taken_over_and_said(path, capsys):
    train(path, rate=0.05)
    model = train(path, 2, rate=0.001, more={"beta_1": 0.5})
    assert "g_optimizer.beta_1 0.5; the checkpoint had 0.9" in capsys.readouterr().out
    assert float(ops.convert_to_numpy(model.d_optimizer.learning_rate)) == pytest.approx(0.001)
    train(path, 3, rate=0.001, more={"beta_1": 0.5})
    assert capsys.readouterr().out == f"Training goes on from epoch 2 of 3 in '{path}'.\n"


def test_a_schedule_in_place_of_a_rate_and_back(path, capsys):
    schedule = keras.optimizers.schedules.CosineDecay
    train(path, rate=0.01)
    train(path, 2, rate=schedule(0.01, 50))
    assert "learning rate CosineDecay; the checkpoint had 0.01" in capsys.readouterr().out
    train(path, 3, rate=schedule(0.02, 50))
    assert "initial_learning_rate 0.02; the checkpoint had 0.01" in capsys.readouterr().out
    model = train(path, 4, rate=0.003)
    assert "learning rate 0.003; the checkpoint had CosineDecay" in capsys.readouterr().out
    assert float(ops.convert_to_numpy(model.g_optimizer.learning_rate)) == pytest.approx(0.003)


def test_a_rate_that_a_callback_lowered_goes_on_lowered(path, capsys):
    class Halve(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            optimizer = self.model.g_optimizer
            optimizer.learning_rate = float(ops.convert_to_numpy(optimizer.learning_rate)) / 2

    def halved(path, *stops):
        for stop in stops:
            model = small_gan()
            model.fit(PICTURES, epochs=stop, checkpoint=path, callbacks=[Halve()], **ONE)
        return model

    whole = halved(path, 4)
    assert_same(whole, halved(path.with_name("other"), 2, 4))
    assert "learning rate" not in capsys.readouterr().out
    assert float(ops.convert_to_numpy(whole.g_optimizer.learning_rate)) == pytest.approx(5e-4 / 16)


def test_other_code_of_the_learner_is_said(path, capsys):
    def mine(loss):
        keras.utils.set_random_seed(1)
        kind = type("Mine", (gan.GAN,), {"generator_loss": loss})
        model = kind(
            gan.dense_generator(3, (6, 6, 1), (8,)), gan.dense_discriminator((6, 6, 1), (8,)), seed=1
        )
        model.compile()
        return model

    def loss(self, fake, labels=None):
        """Words like these make no difference."""
        return gan.GAN.generator_loss(self, fake, labels)

    def twice(self, fake, labels=None):
        return 2 * gan.GAN.generator_loss(self, fake, labels)

    mine(loss).fit(PICTURES, epochs=1, checkpoint=path, **ONE)
    mine(loss).fit(PICTURES, epochs=2, checkpoint=path, **ONE)
    assert "other code" not in capsys.readouterr().out
    mine(twice).fit(PICTURES, epochs=3, checkpoint=path, **ONE)
    assert "with other code in Mine.generator_loss." in capsys.readouterr().out


def test_another_seed_of_the_model_is_said(path, capsys):
    train(path)
    train(path, 2, seed=9)
    assert "with the noise of the checkpoint's seed 1, not of 9." in capsys.readouterr().out


def test_a_finished_training_says_so(path, capsys):
    train(path, 3)
    train(path, 3)
    printed = capsys.readouterr().out
    assert (
        printed.startswith("Nothing left to train: ")
        and "holds 3 epochs, and 3 are asked for: ask for more" in printed
    )


def test_large_data_are_sampled_and_lazy_data_not_read(path):
    large = np.random.default_rng(0).integers(0, 256, (3000, 60, 60, 1), dtype=np.uint8)  # 11 MB
    mine = settings.of_data(Batches(large, 10), 1)
    assert mine == settings.of_data(Batches(large.copy(), 10), 1)
    assert mine != settings.of_data(Batches(np.roll(large, 1, axis=0), 10), 1)
    once = iter([PICTURES])
    assert settings.of_data(once, 1)["data"]["class"] == type(once).__name__
    assert next(once) is PICTURES


def test_settings_that_only_one_version_knows_are_not_compared():
    old, new = {"a": 1, "gone": 2, "deep": [{"x": 1}]}, {"a": 1.0, "came": 3, "deep": [{"x": 2}]}
    assert settings.differences(old, new) == {"deep[0].x": (1, 2)}
    assert settings.differences({"a": float("nan")}, {"a": float("nan")}) == {}


def test_a_checkpoint_of_the_first_version_still_loads(path, capsys):
    whole = train(path, 2)
    with np.load(path) as archive:
        arrays = dict(archive)
    header = json.loads(bytes(arrays["header"]))
    run = {name: header["run"][name] for name in ("examples", "batch_size", "seed", "steps_per_epoch")}
    kept = {name: header[name] for name in ("model", "epochs", "history", "variables")}
    arrays["header"] = np.frombuffer(json.dumps(kept | {"run": run}).encode(), np.uint8)

    def write():
        with path.open("wb") as file:
            np.savez(file, **arrays)

    write()
    assert_same(whole, train(path, 2))
    train(path, 3, rate=0.01)
    assert "learning rate 0.01; the checkpoint had 0.0005" in capsys.readouterr().out
    write()
    with pytest.raises(ValueError, match="'batch_size': 10.*'batch_size': 5"):
        small_gan().fit(PICTURES, batch_size=5, steps_per_epoch=1, epochs=3, checkpoint=path)


def test_a_changed_byte_anywhere_is_found(path):
    model = train(path)
    content = path.read_bytes()
    for place in np.linspace(0, len(content) - 1, 60).astype(int):
        path.write_bytes(content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :])
        with pytest.raises(ValueError, match="cannot be read"):
            model.fit(PICTURES, checkpoint=path, **ONE)


@pytest.mark.parametrize("header", [b"[1]", b"{}", b'{"variables": 0}', b"no JSON", None])
def test_another_archive_is_refused(path, header):
    arrays = {"a": np.ones(3)} if header is None else {"header": np.frombuffer(header, np.uint8)}
    with path.open("wb") as file:
        np.savez(file, **arrays)
    with pytest.raises(ValueError, match="The checkpoint cannot be read.*gan.checkpoint"):
        train(path)


def test_an_interrupted_epoch_is_taken_again(path):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1 and self.params["epochs"] == 9:
                raise KeyboardInterrupt

    model, settings = small_gan(), ONE | {"steps_per_epoch": 3, "checkpoint": path}
    model.fit(PICTURES, epochs=2, **settings)
    with pytest.raises(KeyboardInterrupt):
        model.fit(PICTURES, epochs=9, callbacks=[Interrupt()], **settings)
    model.fit(PICTURES, epochs=3, **settings)
    whole = small_gan()
    whole.fit(PICTURES, epochs=3, **settings | {"checkpoint": None})
    assert_same(model, whole)


def test_fewer_epochs_than_there_are_train_nothing_and_lose_nothing(path, capsys):
    whole = train(path, 3)
    content = path.read_bytes()
    model = small_gan()
    assert len(model.fit(PICTURES, epochs=2, checkpoint=path, **ONE).history["d_loss"]) == 3
    assert "holds 3 epochs, and 2 are asked for" in capsys.readouterr().out
    assert path.read_bytes() == content
    assert_same(whole, model)


def test_a_training_that_a_callback_ends_early_is_kept_up_to_there(path, capsys):
    def stopped(epochs):
        stop = keras.callbacks.EarlyStopping("d_loss", min_delta=100, patience=1, mode="min")
        model = small_gan()
        return model, model.fit(PICTURES, epochs=epochs, checkpoint=path, callbacks=[stop], **ONE).history

    first, history = stopped(9)
    assert len(history["d_loss"]) == 2
    second, history = stopped(9)
    assert "goes on from epoch 2 of 9" in capsys.readouterr().out and len(history["d_loss"]) == 4
    assert_same(second, train(path.with_name("whole"), 4))


def test_a_loss_that_is_lost_in_the_last_batch_of_an_epoch_is_not_kept(path, capsys):
    pictures = PICTURES.astype("float32") / 127.5 - 1
    example = Batches(pictures, 10).order(0)[5][3]  # of the second epoch of three steps
    pictures[example] = np.nan
    small_gan().fit(pictures, epochs=5, checkpoint=path, **ONE | {"steps_per_epoch": 3})
    printed = capsys.readouterr().err
    assert "still holds epoch 1" in printed and f"first in example {example}," in printed
    with np.load(path) as archive:
        assert json.loads(bytes(archive["header"]))["epochs"] == 1
        assert all(np.isfinite(archive[name]).all() for name in archive.files)


def test_data_that_nobody_can_look_through_get_the_general_advice(capsys):
    def batches():
        while True:
            yield (np.full((10, 6, 6, 1), np.nan, np.float32),)

    small_gan().fit(batches(), epochs=2, steps_per_epoch=1, verbose=0)
    assert "The weights are lost: build the model again. Then try" in capsys.readouterr().err


def test_a_measure_that_comes_later_or_stays_away_leaves_a_gap(path):
    def measured(epochs, *names):
        each = [callbacks.Measure(name, lambda model: 7.0) for name in names]
        return small_gan().fit(PICTURES, epochs=epochs, checkpoint=path, callbacks=each, **ONE).history

    measured(1, "old")
    measured(2, "new")
    for history in (measured(3, "old"), measured(3)):
        np.testing.assert_array_equal(history["old"], [7, np.nan, 7])
        np.testing.assert_array_equal(history["new"], [np.nan, 7, np.nan])


# -- disks that refuse ------------------------------------------------------------------------------
# What follows is about files, and the same on every backend: TensorFlow's suites run it.


class Meanwhile(keras.callbacks.Callback):
    """Does something after an epoch of another training."""

    def __init__(self, at, act):
        super().__init__()
        self.at, self.act = at, act

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.at:
            self.act()


@pytest.mark.parametrize("begun", [0, 1])
@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.tensorflow
def test_two_trainings_on_one_file_both_stay(path, capsys, begun, at):
    """As when two notebooks, or a lesson that was started twice, write to the same checkpoint."""
    if begun:
        train(path, begun)
    model = small_gan()
    other = Meanwhile(begun + at, lambda: train(path, begun + at + 2))
    model.fit(PICTURES, epochs=begun + 3, checkpoint=path, callbacks=[other], **ONE)
    beside = path.with_name("gan-2.checkpoint")
    printed = capsys.readouterr().err
    assert printed.count(f"Another training writes to '{path}': this one goes on in '{beside}'.") == 1
    assert sorted(os.listdir(path.parent)) == [beside.name, path.name]
    assert_same(model, train(beside, begun + 3))
    train(path, begun + at + 2)
    assert f"holds {begun + at + 2} epochs" in capsys.readouterr().out


@pytest.mark.tensorflow
def test_a_folder_that_vanishes_is_made_again(path, capsys):
    path = path.parent / "on a stick" / path.name
    model = small_gan()
    gone = Meanwhile(2, lambda: shutil.rmtree(path.parent))
    model.fit(PICTURES, epochs=3, checkpoint=path, callbacks=[gone], **ONE)
    assert_same(model, train(path, 3))
    assert "Nothing left to train" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows lets few users make links")
@pytest.mark.tensorflow
def test_a_link_to_another_disk_stays_a_link(path):
    (path.parent / "large").mkdir()
    path.symlink_to(path.parent / "large" / "real.checkpoint")
    assert_same(train(path, 1), train(path, 1))
    assert path.is_symlink() and os.listdir(path.parent / "large") == ["real.checkpoint"]


@pytest.mark.tensorflow
def test_a_refused_move_is_tried_again(path, disk, capsys):
    disk += [PermissionError(errno.EACCES, "Permission denied")] * 2
    train(path, 2)
    assert path.exists() and capsys.readouterr().err == ""


@pytest.mark.tensorflow
def test_a_disk_that_refuses_stops_no_training_and_is_said_once(path, disk, capsys):
    train(path, 1)
    disk += [PermissionError(errno.EACCES, "Permission denied")] * 3 * 2  # two epochs of five
    resumed = train(path, 6)
    printed = capsys.readouterr()
    assert (
        printed.err.count("cannot be written (Permission denied)") == 1
        and "next epoch tries again" in printed.err
    )
    assert_same(resumed, train(path, 6))
    assert sorted(os.listdir(path.parent)) == [path.name]


@pytest.mark.tensorflow
def test_what_a_full_disk_refused_is_written_by_the_next_fit(path, disk, capsys):
    train(path, 1)
    disk += [OSError(errno.ENOSPC, "No space left on device")] * 50
    model = train(path, 4)
    assert "still holds epoch 1; later ones are in this process alone" in capsys.readouterr().err
    with pytest.raises(OSError, match="gan.checkpoint' cannot be written .No space"):
        model.fit(PICTURES, epochs=5, checkpoint=path, **ONE)
    disk.clear()
    model.fit(PICTURES, epochs=5, checkpoint=path, **ONE)
    assert "goes on from epoch 4 of 5" in capsys.readouterr().out
    assert_same(model, train(path.with_name("whole"), 5))


@pytest.mark.tensorflow
def test_a_folder_as_checkpoint(tmp_path):
    with pytest.raises(ValueError, match="is a folder: name a file in it"):
        train(tmp_path)


@pytest.mark.tensorflow
def test_two_writers_do_not_mix_and_old_halves_go(tmp_path, monkeypatch):
    target, seen, move = tmp_path / "file[1]", [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (seen.append(a), move(a, b)))
    for name in ("file[1].part", "file[1].0123abcd.part"):
        (tmp_path / name).write_bytes(b"half")
        os.utime(tmp_path / name, (time.time() - 2 * files.FORGOTTEN,) * 2)
    for name in ("file[1].fedc3210.part", "file[1].mine.part", "other.0123abcd.part"):
        (tmp_path / name).write_bytes(b"half")
    for content in (b"first", b"second"):
        files.write_atomically(target, content)
        assert target.read_bytes() == content
    assert seen[0] != seen[1]
    assert sorted(os.listdir(tmp_path)) == [
        "file[1]", "file[1].fedc3210.part", "file[1].mine.part", "other.0123abcd.part"
    ]  # fmt: skip


# -- films of trainings -----------------------------------------------------------------------------


def filmed(folder, path, epochs, **settings):
    grid = callbacks.SampleGrid(lambda model: model.generate(5), folder, columns=3)
    small_gan().fit(PICTURES, epochs=epochs, checkpoint=path, callbacks=[grid], **ONE | settings)
    return grid


def frames(film):
    with Image.open(film) as opened:
        found = []
        for number in range(opened.n_frames):
            opened.seek(number)
            found.append(np.array(opened.convert("L")))
        return found


@pytest.mark.tensorflow
def test_a_resumed_training_has_the_whole_film(tmp_path, path):
    whole = filmed(tmp_path / "whole", None, 5)
    filmed(tmp_path / "film", path, 3)
    resumed = filmed(tmp_path / "film", path, 5)
    assert [len(whole.samples), len(resumed.samples)] == [5, 2]
    assert sorted(os.listdir(resumed.folder)) == [*(f"{n:04d}.png" for n in range(1, 6)), "training.gif"]
    expected = frames(whole.folder / "training.gif")
    assert len(expected) == 5
    np.testing.assert_array_equal(frames(resumed.folder / "training.gif"), expected)
    (resumed.folder / "training.gif").unlink()  # as if it was killed before the film was made
    again = filmed(tmp_path / "film", path, 5)
    np.testing.assert_array_equal(frames(again.folder / "training.gif"), expected)


@pytest.mark.tensorflow
def test_a_second_training_gets_a_folder_of_its_own(tmp_path, path, capsys):
    first = filmed(tmp_path / "film", None, 2)
    before = {file.name: file.read_bytes() for file in first.folder.iterdir()}
    second = filmed(tmp_path / "film", path, 1)
    third = filmed(tmp_path / "film", None, 1)
    assert [grid.folder.name for grid in (second, third)] == ["run_1", "run_2"]
    assert str(second.folder) in capsys.readouterr().out
    resumed = filmed(tmp_path / "film", path, 3)  # the second one
    assert resumed.folder == second.folder and len(frames(second.folder / "training.gif")) == 3
    assert before == {file.name: file.read_bytes() for file in first.folder.iterdir() if file.is_file()}


@pytest.mark.tensorflow
def test_a_training_that_goes_on_spares_another_ones_pictures(tmp_path, path, capsys):
    """Its film was moved, or it is given the folder of another."""
    filmed(tmp_path / "mine", path, 2)
    other = callbacks.SampleGrid(lambda model: np.zeros((5, 6, 6, 1), np.uint8), tmp_path / "other")
    small_gan().fit(PICTURES, epochs=4, callbacks=[other], **ONE)
    before = {file.name: file.read_bytes() for file in other.folder.iterdir()}
    for epochs in (3, 4):
        resumed = filmed(tmp_path / "other", path, epochs)
        assert resumed.folder == tmp_path / "other" / "run_1"
    assert before == {file.name: file.read_bytes() for file in other.folder.iterdir() if file.is_file()}
    assert sorted(os.listdir(resumed.folder)) == ["0003.png", "0004.png", "training.gif"]
    assert capsys.readouterr().out.count("other holds another training's pictures") == 1


@pytest.mark.tensorflow
def test_frames_that_are_missing_or_damaged_are_said(tmp_path, path, capsys):
    grid = filmed(tmp_path / "film", path, 4)
    (grid.folder / "0001.png").unlink()
    (grid.folder / "0002.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    Image.new("L", (5, 5)).save(grid.folder / "0003.png")
    filmed(tmp_path / "film", path, 5)
    printed = capsys.readouterr().err
    assert "lacks 0001.png (missing), 0002.png (damaged), 0003.png (of another size)." in printed
    assert len(frames(grid.folder / "training.gif")) == 2


@pytest.mark.tensorflow
def test_one_object_goes_on_with_its_film_over_two_fits(tmp_path):
    grid = callbacks.SampleGrid(lambda model: model.generate(5), tmp_path, columns=3)
    model = small_gan()
    for _ in range(2):
        model.fit(PICTURES, epochs=2, callbacks=[grid], **ONE)
    assert len(grid.samples) == 4 and len(frames(tmp_path / "training.gif")) == 4


@pytest.mark.tensorflow
def test_pictures_that_cannot_be_written_stop_no_training(tmp_path, disk, capsys):
    disk += [OSError(errno.ENOSPC, "No space left on device")] * 2
    grid = filmed(tmp_path / "film", None, 3)
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert len(frames(grid.folder / "training.gif")) == 3


@pytest.mark.tensorflow
def test_a_training_that_diverges_has_a_film_of_what_it_made(tmp_path, capsys):
    grid = callbacks.SampleGrid(lambda model: model.generate(5) * np.nan, tmp_path, columns=3)
    small_gan().fit(PICTURES, epochs=2, callbacks=[grid], **ONE)
    assert "Epoch 1 has no picture: The pictures hold NaN" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("shape", "columns"),
    [((0, 6, 6, 1), 3), ((5, 6, 6), 3), ((5, 6, 6, 2), 3), ((5, 6, 6, 1), 0), ((6, 6), 3), ((5, 0, 6, 1), 3)],
)
@pytest.mark.tensorflow
def test_samples_that_are_no_pictures_stop_no_training(tmp_path, capsys, shape, columns):
    grid = callbacks.SampleGrid(lambda model: np.zeros(shape, np.uint8), tmp_path, columns)
    history = small_gan().fit(PICTURES, epochs=2, callbacks=[grid], **ONE).history
    assert len(history["d_loss"]) == 2 and os.listdir(tmp_path) == []
    printed = capsys.readouterr().err
    assert "Epoch 1 has no picture: " in printed and "lacks 0001.png (no picture)" in printed


@pytest.mark.tensorflow
def test_samples_whose_number_changes_are_all_kept(tmp_path, capsys):
    numbers = iter([4, 9, 9])
    grid = callbacks.SampleGrid(lambda model: model.generate(next(numbers)), tmp_path, columns=3)
    small_gan().fit(PICTURES, epochs=3, callbacks=[grid], **ONE)
    assert "lacks 0001.png (of another size)" in capsys.readouterr().err
    assert [len(samples) for samples in grid.samples] == [4, 9, 9]
    assert (tmp_path / "0001.png").exists() and len(frames(tmp_path / "training.gif")) == 2


@pytest.mark.tensorflow
def test_a_sheet_that_no_gif_can_hold_stops_no_training(tmp_path, capsys):
    grid = callbacks.SampleGrid(lambda model: np.zeros((1, 70_000, 1, 1), np.uint8), tmp_path)
    assert small_gan().fit(PICTURES, epochs=1, callbacks=[grid], **ONE).history["d_loss"]
    assert "training.gif cannot be written (The film of 1 frames of 1 x 70000" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["0001.png"]


# -- save_gif ---------------------------------------------------------------------------------------

GREY = np.random.default_rng(1).integers(0, 256, (4, 6, 5), dtype=np.uint8)
COLOUR = np.zeros((3, 6, 5, 3), np.uint8)
COLOUR[0, ..., 0] = COLOUR[1, ..., 1] = COLOUR[2, :3, :, 2] = 255


@pytest.mark.parametrize(
    "given",
    [
        GREY,
        GREY[..., None],
        list(GREY),
        [frame[..., None] for frame in GREY],
        GREY / 127.5 - 1,
        (GREY[..., None] / 127.5 - 1).astype("float16"),
        ops.convert_to_tensor(GREY),
        [ops.convert_to_tensor(frame / 127.5 - 1) for frame in GREY],
        ops.convert_to_tensor(GREY / 127.5 - 1, "float32"),
    ],
)
def test_grey_films_of_every_shape_and_range(tmp_path, given):
    callbacks.save_gif(given, tmp_path / "new folder" / "film.gif")
    np.testing.assert_array_equal(frames(tmp_path / "new folder" / "film.gif"), GREY)


@pytest.mark.parametrize("given", [COLOUR, COLOUR / 127.5 - 1, list(COLOUR), ops.convert_to_tensor(COLOUR)])
def test_films_in_colour(tmp_path, given):
    callbacks.save_gif(given, tmp_path / "film.gif")
    with Image.open(tmp_path / "film.gif") as film:
        for number, frame in enumerate(COLOUR):
            film.seek(number)
            np.testing.assert_array_equal(np.asarray(film.convert("RGB")), frame)
            assert film.info["duration"] == (2000 if number == 2 else 200)


def test_bfloat16_frames(tmp_path):
    signs = np.where(GREY > 127, 1.0, -1.0)
    callbacks.save_gif(ops.cast(signs, "bfloat16"), tmp_path / "film.gif")
    np.testing.assert_array_equal(frames(tmp_path / "film.gif"), np.where(signs > 0, 255, 0))


@pytest.mark.parametrize("given", [GREY[0], GREY[0, ..., None], COLOUR[0], [GREY[0]], GREY[:1, ..., None]])
def test_a_single_frame(tmp_path, given):
    callbacks.save_gif(given, tmp_path / "film.gif")
    assert len(frames(tmp_path / "film.gif")) == 1
    with Image.open(tmp_path / "film.gif") as film:
        assert film.size == (5, 6)


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ([], ValueError, "no frames"),
        (np.zeros((0, 6, 5), np.uint8), ValueError, "nothing to see"),
        (np.zeros((3, 0, 5), np.uint8), ValueError, "nothing to see"),
        (np.zeros(6, np.uint8), ValueError, r"shape \(6,\), not \(n, h, w\)"),
        ([1, 2, 3], ValueError, "single numbers"),
        (GREY / 127.5 - 1 + np.nan, ValueError, "NaN"),
        (GREY / 255 * 3, ValueError, r"floats from 0(\.\d+)? to .*\[-1, 1\].*data.signed"),
        (GREY > 9, TypeError, "bool"),
        (GREY.astype("int64"), TypeError, "int64: pictures are uint8"),
        (GREY.astype("complex64"), TypeError, "complex64"),
        ([GREY[0], GREY[0, :5]], ValueError, r"Frame 1 is uint8 \(5, 5\), the first one uint8 \(6, 5\)"),
        ([GREY[0], GREY[1] / 255], ValueError, "Frame 1 is float64"),
        ([COLOUR[0], GREY[1]], ValueError, "must be alike"),
        ([[[1, 2], [3]]], ValueError, "different lengths"),
        (np.zeros((3, 6, 5, 4), np.uint8), ValueError, r"half-transparent pixels: pass frames\[..., :3\]"),
        (np.zeros((3, 1, 6, 5), np.uint8), ValueError, r"shape \(3, 1, 6, 5\)"),
        (np.zeros((2, 3, 6, 5, 1), np.uint8), ValueError, r"shape \(2, 3, 6, 5, 1\)"),
        (np.zeros((1, 1, 70_000), np.uint8), ValueError, "65535 pixels on a side"),
        (np.zeros((4000, 1, 2), np.uint8), ValueError, "one picture for at most 655 seconds"),
    ],
)
def test_what_is_no_film_gets_a_sentence(tmp_path, given, error, sentence):
    with pytest.raises(error, match=sentence):
        callbacks.save_gif(given, tmp_path / "film.gif")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("seconds", [0, -1, 0.01, float("nan"), 700])
def test_a_time_that_no_gif_can_show(tmp_path, seconds):
    with pytest.raises(ValueError, match=f"seconds_per_frame={seconds}: a GIF shows"):
        callbacks.save_gif(GREY, tmp_path / "film.gif", seconds_per_frame=seconds)


def test_a_refused_film_leaves_the_one_before(tmp_path, disk):
    film = tmp_path / "film.gif"
    callbacks.save_gif(GREY, film)
    before = film.read_bytes()
    disk += [OSError(errno.ENOSPC, "No space left on device")]
    with pytest.raises(OSError, match="No space"):
        callbacks.save_gif(GREY[::-1], film)
    assert film.read_bytes() == before
