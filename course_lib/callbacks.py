"""Callbacks that every training of the course can use, on every backend."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import struct
import sys
import time
import weakref
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import ops
from PIL import Image
from tqdm import tqdm

from course_lib import settings
from course_lib.console import wrapped
from course_lib.data.pictures import to_uint8
from course_lib.files import free_name, numbered_folder, require_writable, write_atomically

SEAL = 64  # bytes at the end of a checkpoint: its checksum
ROOM = 94  # columns of a bar, whose numbers may yet grow: JupyterLab's page has 100 or a few more


class Clock(keras.callbacks.Callback):
    """Adds "seconds" to the logs: the time spent in training epochs so far, measurements excluded."""

    def __init__(self, seconds: float = 0.0):
        super().__init__()
        self.seconds = seconds

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds += time.perf_counter() - self.started
        logs["seconds"] = self.seconds


class Measure(keras.callbacks.Callback):
    """Adds a number of your own to the logs after an epoch, for example a distance.

    Args:
        name: the number's name in the logs.
        measure: a function of the model that returns a number.
    """

    def __init__(self, name: str, measure):
        super().__init__()
        self.name = name
        self.measure = measure

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = float(self.measure(self.model))


class StopOnNaN(keras.callbacks.Callback):
    """Stops training as soon as any log is not a finite number, and says what to try.

    Keras' `TerminateOnNaN` reads only a log called "loss", which a GAN does not have.

    Args:
        checkpoint: the `Checkpoint` of the training, whose file still holds a good state.
        arrays: what it learns from, to say whether the numbers come from there.
    """

    def __init__(self, checkpoint: Checkpoint | None = None, arrays=None):
        super().__init__()
        self.checkpoint = checkpoint
        self.arrays = arrays

    def on_train_batch_end(self, batch, logs=None):
        broken = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if broken and not self.model.stop_training:
            self.model.stop_training = True
            say(f"Training stopped: {', '.join(broken)} is no longer a finite number. {self._advice()}")

    def _advice(self) -> str:
        kept = self.checkpoint is not None and self.checkpoint.epochs
        lost = "The weights are lost"
        if kept:
            lost = f"'{self.checkpoint.path}' still holds epoch {kept}"
        example = _first_not_finite(self.arrays)
        if example is not None:
            again = "call fit with this checkpoint and accept_changes=True" if kept else "call fit again"
            return (
                f"{lost}. The data hold a number that is not finite, first in example {example}, so it is "
                f"not the learning rate: build the model again, leave such examples out, and {again}."
            )
        if kept:
            return (
                f"{lost}: build the model again with a learning rate 3 to 10 times smaller, and call fit "
                "with this checkpoint: it goes on from there. If that does not help, delete the file and "
                "begin again with a gradient penalty, or with float32 in place of float16."
            )
        return (
            f"{lost}: build the model again. Then try a learning rate 3 to 10 times smaller, a gradient "
            "penalty, or float32 in place of float16."
        )


def _first_not_finite(arrays):
    """The index of the first example in which any array holds a number that is not finite, or None."""
    found = []
    for array in keras.tree.flatten(arrays):
        if np.issubdtype(getattr(array, "dtype", object), np.inexact):
            bad = ~np.isfinite(array).reshape(len(array), -1).all(axis=1)
            found += [int(np.argmax(bad))] if bad.any() else []
    return min(found, default=None)


def say(text: str, file=None):
    """Prints a line, beside a progress bar too; to the standard error unless another file is given."""
    tqdm.write(wrapped(text), file=file or sys.stderr)


class Progress(keras.callbacks.Callback):
    """A progress bar that stays one line: in a terminal, in JupyterLab, and in an executed notebook."""

    def on_train_begin(self, logs=None):
        self.bar = None

    def on_epoch_begin(self, epoch, logs=None):
        steps = self.params["steps"] or 0
        if self.bar is None:
            self.bar = tqdm(
                total=self.params["epochs"] * steps or None,
                initial=epoch * steps,
                file=sys.stdout,
                # A log file keeps every state of the bar.
                mininterval=0.5 if sys.stdout.isatty() or "ipykernel" in sys.modules else 10,
                unit=" steps",
                bar_format="{n_fmt}/{total_fmt} steps |{bar:10}| {elapsed}<{remaining} {postfix}",
            )
        self.done = 0

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(batch + 1 - self.done)
        self.done = batch + 1

    def on_epoch_end(self, epoch, logs=None):
        shown = [f"{name}={value:.3g}" for name, value in logs.items() if name != "seconds"]
        self.bar.set_postfix_str("", refresh=False)
        room = ROOM - len(str(self.bar))
        # First stands the loss, last what the lesson wants measured.
        while len(shown) > 1 and len(", ".join(shown)) > room:
            del shown[1]
        self.bar.set_postfix_str(", ".join(shown)[: max(room, 0)], refresh=False)

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.close()


class SampleGrid(keras.callbacks.Callback):
    """Keeps samples after every epoch; at the end, a film of the training as a GIF.

    Always sample from the same latents: then the film shows one set of pictures as it becomes clear. A
    training that goes on from its checkpoint goes on with its film: pictures of earlier epochs are read from
    the folder. A training whose folder holds another one's pictures gets a numbered folder inside it.

    Args:
        sample: a function of the model that returns pictures, uint8 or float in [-1, 1],
            shape `(n, h, w, 1 or 3)`.
        folder: where `0001.png`, ... and `training.gif` are written; None writes nothing.
        columns: pictures in a row of the film.

    Attributes:
        samples: what `sample` returned, one array for each epoch that this object has seen; those before an
            interruption are in the folder alone.
        folder: where this training's pictures are.
    """

    def __init__(self, sample, folder: str | Path | None = None, columns: int = 8):
        super().__init__()
        self.sample = sample
        self.given = self.folder = None if folder is None else Path(folder)
        self.columns = columns
        self.samples: list[np.ndarray] = []
        self.before = None  # epochs whose pictures are in the folder alone, once that is known
        self.new = False  # whether a checkpoint knows no film of this
        self.newest = None  # checksum of the last picture that was written
        self.foreign = False  # whether the folder holds another film than the one that goes on
        self.unwritten = False

    def keep(self) -> dict:
        """What a checkpoint keeps, to go on with the same film."""
        run = "" if self.folder is None else self.folder.relative_to(self.given).as_posix()
        return {"run": run, "pictures": (self.before or 0) + len(self.samples), "newest": self.newest}

    def go_on(self, kept: dict | None):
        """Takes up the film of a training that a checkpoint kept, if it kept one."""
        self.new = kept is None
        if self.new:
            return
        if self.folder is not None:
            self.folder, self.newest = self.given / kept["run"], kept.get("newest")
            there = self._place(kept["pictures"])
            self.foreign = (
                bool(self.newest) and there.is_file() and _checksum(there.read_bytes()) != self.newest
            )
        if self.before is None:
            self.before = kept["pictures"]
        del self.samples[max(0, kept["pictures"] - self.before) :]  # of an epoch that is taken again

    def on_train_begin(self, logs=None):
        self.started = False

    def on_epoch_begin(self, epoch, logs=None):
        if self.started:
            return
        self.started = True
        begins = self.before is None and (self.new or not epoch)
        if self.before is None:
            self.before = epoch
        if self.folder is not None and (self.foreign or begins) and _holds_a_film(self.folder):
            self.folder, self.foreign = numbered_folder(self.given, "run_"), False
            say(
                f"{self.given} holds another training's pictures: this one's are in {self.folder}",
                sys.stdout,
            )

    def on_epoch_end(self, epoch, logs=None):
        self.samples.append(ops.convert_to_numpy(self.sample(self.model)))
        if self.folder is None:
            return
        content = io.BytesIO()
        try:
            Image.fromarray(self._sheet(self.before + len(self.samples))).save(content, "PNG")
            self.newest = None
            write_atomically(self._place(self.before + len(self.samples)), content.getvalue())
            self.newest = _checksum(content.getvalue())
        except (TypeError, ValueError) as error:  # NaN, or no pictures: what stops the training says more
            say(f"Epoch {epoch + 1} has no picture: {error}")
        except OSError as error:
            if not self.unwritten:
                say(f"Pictures cannot be written to {self.folder} ({error.strerror}): they stay in memory.")
            self.unwritten = True

    def on_train_end(self, logs=None):
        film = None if self.folder is None else self.folder / "training.gif"
        if film is None or not (self.before or self.samples) or (not self.samples and film.exists()):
            return
        frames, missing = [], []
        for number in range(self.before + len(self.samples), 0, -1):  # the newest says how large they are
            try:
                frame = self._sheet(number)
            except (
                OSError,
                SyntaxError,
                TypeError,
                ValueError,
            ) as error:  # as Pillow does for a damaged file
                reason = "missing" if isinstance(error, FileNotFoundError) else "damaged"
                missing.append((number, "no picture" if number > self.before else reason))
                continue
            if frames and frame.shape != frames[-1].shape:
                missing.append((number, "of another size"))
            else:
                frames.append(frame)
        if missing:
            lost = ", ".join(f"{self._place(number).name} ({reason})" for number, reason in missing[::-1])
            say(f"{film} is not whole, for it lacks {lost}.")
        if frames:
            try:
                save_gif(frames[::-1], film)
            except (OSError, ValueError) as error:  # ValueError: too large for a GIF
                say(f"{film} cannot be written ({getattr(error, 'strerror', error)}).")

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:04d}.png"

    def _sheet(self, number: int) -> np.ndarray:
        """The picture of an epoch, counted from 1: tiled from memory, or read from the folder."""
        if number > self.before:
            return tile(self.samples[number - self.before - 1], self.columns)
        with Image.open(self._place(number)) as picture:
            return np.asarray(picture)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _holds_a_film(folder: Path) -> bool:
    names = os.listdir(folder) if folder.is_dir() else []
    return any(re.fullmatch(r"\d{4,}\.png|training\.gif", name) for name in names)


_unwritten = weakref.WeakKeyDictionary()  # model -> (path, content, seal before) that a disk refused


class Checkpoint(keras.callbacks.Callback):
    """All that a training needs to go on exactly, in one file that is never half-written.

    Keras' `BackupAndRestore` keeps neither the state of the random seeds nor, after a kill while it
    writes, anything. This file holds the weights, every optimizer's variables, the seeds' states, the
    number of the epoch, the history and what the training was made with. It is written beside its place and
    moved there by `os.replace`, and only while all numbers in it are finite. Where another training writes to
    the same file meanwhile, this one goes on in a file beside it.

    Args:
        path: the file.
        run: a dict of what must be the same when training goes on (data, batch size, seed).
        companions: other callbacks; the state of those that have `keep` and `go_on` is kept, too.
        accept_changes: whether other data, another loss and the like are taken over, and not refused.

    Attributes:
        epochs: how many epochs the file holds.
    """

    def __init__(self, path, run: dict | None = None, companions=(), accept_changes: bool = False):
        super().__init__()
        self.path = Path(path)
        self.run = {} if run is None else run
        self.companions = [each for each in companions if hasattr(each, "keep")]
        self.accept_changes = accept_changes
        self.history = {}
        self.epochs = 0
        self.seal = b""  # of the file as this training left or found it
        self.said = False

    def restore(self, model, epochs: int):
        """Puts `model` into the saved state, and says where its training, of `epochs` epochs in all, goes on.

        Returns:
            The number of finished epochs and their history; `(0, {})` where there is no file.

        Raises:
            ValueError: if the file is damaged, or belongs to another model or run.
            OSError: if there is something left to train, and the file cannot be written.
        """
        if self.path.is_dir():
            raise ValueError(f"The checkpoint '{self.path}' is a folder: name a file in it.")
        self.run |= settings.of_model(model)
        self.may_change = settings.that_may_change(model)
        self.rates = _rates_in(model)
        self.asked = {
            name: optimizer.get_config()["learning_rate"]
            for name, optimizer in settings.innermost(model).items()
        }
        self.write_what_is_left(model)
        changes = self._load(model) if self.path.exists() else []
        if self.epochs < epochs:
            try:
                require_writable(self.path.parent, "")
            except OSError as error:
                raise _cannot_be_written(self.path, error.__cause__) from error
        if self.epochs:
            if self.epochs < epochs:
                says = f"Training goes on from epoch {self.epochs} of {epochs} in '{self.path}'"
            else:
                says = (
                    f"Nothing left to train: '{self.path}' holds {self.epochs} epochs, and {epochs} are "
                    "asked for: ask for more, or delete the file to begin again"
                )
            say(" with ".join([says, ", with ".join(changes)] if changes else [says]) + ".", sys.stdout)
        return self.epochs, {name: list(values) for name, values in self.history.items()}

    def _load(self, model) -> list[str]:
        """Puts the file's state into the model; returns in words what differs and is taken over."""
        advice = "Delete the file to start again, or give another name."
        try:
            content = self.path.read_bytes()
            with np.load(io.BytesIO(_intact(content)), allow_pickle=False) as archive:
                header = json.loads(bytes(archive["header"]))
                if not isinstance(header, dict) or not {"model", "run", "epochs", "history"} <= set(header):
                    raise ValueError("it holds no training")
                values = [archive[str(i)] for i in range(header["variables"])]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"The checkpoint cannot be read ({error}): '{self.path}'. {advice}") from error
        rates = header.get("rates", self.rates)  # the first version did not write them, nor other settings
        variables = _without(_state_of(model), self.rates)
        state = _without(values, rates)
        differing = settings.differences(header["run"] or {}, self.run)
        old, new = ({name: each[side] for name, each in [*differing.items()][:4]} for side in (0, 1))
        same_shapes = [list(value.shape) for value in state] == [list(v.shape) for v in variables]
        if header["model"] != type(model).__name__ or not same_shapes:
            old, new = {"model": header["model"]} | old, {"model": type(model).__name__} | new
            raise ValueError(f"'{self.path}' belongs to another model: {old}, not {new}. {advice}")
        if differing and not self.accept_changes:
            raise ValueError(
                f"'{self.path}' was made with {old}, this training has {new}. {advice} "
                "To go on with what is new, say fit(…, accept_changes=True)."
            )
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
        in_force = {name: None if i is None else float(values[i]) for name, i in rates.items()}
        changes = self._take_over_rates(model, header.get("asked", in_force), in_force)
        differing |= settings.differences(header.get("may_change", {}), self.may_change)
        for name, (before, now) in differing.items():
            if name == "seed of the model":
                changes.append(f"the noise of the checkpoint's seed {before}, not of {now}")
            elif name.startswith("code."):
                changes.append(f"other code in {name.removeprefix('code.').rpartition('.')[0]}")
            else:
                changes.append(f"{name} {_shown(now)}; the checkpoint had {_shown(before)}")
        self.history, self.epochs, self.seal = header["history"], header["epochs"], content[-SEAL:]
        if "companions" in header:
            kept = [*header["companions"], *[None] * len(self.companions)]
            for companion, its in zip(self.companions, kept, strict=False):
                companion.go_on(its)
        return changes

    def _take_over_rates(self, model, before, in_force) -> list[str]:
        """Keeps each learning rate that was asked for anew; else restores what a callback had made of it."""
        changes = []
        for name, optimizer in settings.innermost(model).items():
            asked = self.asked[name]
            if asked == before[name]:
                if in_force[name] is not None:
                    optimizer.learning_rate = in_force[name]
            elif asked == in_force[name]:  # the same process goes on
                self.asked[name] = before[name]
            else:
                its = "learning rate" if len(self.asked) == 1 else f"{name}'s learning rate"
                had = before[name] if in_force[name] is None else in_force[name]
                changes += [
                    f"{key} {_shown(now)}; the checkpoint had {_shown(was)}"
                    for key, (was, now) in settings.differences(had, asked, its).items()
                ]
        return changes

    def save(self, epochs: int):
        """Writes the state after `epochs` epochs, if it is healthy.

        What is not finite is not written, so that the last good state stays; what the disk refuses is kept in
        memory, and written by the next `save`, or by the next `fit` of this model. Both are said.
        """
        state = [ops.convert_to_numpy(variable.value) for variable in _state_of(self.model)]
        for variable, value in zip(_state_of(self.model), state, strict=True):
            if not np.isfinite(value).all():
                still = (
                    f"'{self.path}' still holds epoch {self.epochs}" if self.epochs else "no epoch is kept"
                )
                self._say_once(f"Epoch {epochs} is not kept: {variable.path} is no longer finite; {still}.")
                return
        header = {
            "model": type(self.model).__name__,
            "run": self.run,
            "may_change": self.may_change,
            "rates": self.rates,
            "asked": self.asked,
            "companions": [companion.keep() for companion in self.companions],
            "epochs": epochs,
            "history": self.history,
            "variables": len(state),
        }
        # NumPy's files know no bfloat16; every such number is a float32 as well.
        arrays = {str(i): v.astype("float32") if v.dtype.kind == "V" else v for i, v in enumerate(state)}
        content = io.BytesIO()
        np.savez(content, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)
        _unwritten[self.model] = self.path, _sealed(content.getvalue()), self.seal
        try:
            self.write_what_is_left(self.model)
        except OSError as error:
            self._say_once(f"{error} Training goes on, and the next epoch tries again.")
        else:
            self.epochs, self.said = epochs, False

    def write_what_is_left(self, model):
        """Writes the state of `model` that the disk refused before, if there is one.

        Raises:
            OSError: if it still cannot be written; the file before it stays, and the state in memory, too.
        """
        path, content, seal = _unwritten.get(model, (None, b"", b""))
        if path != self.path:
            return
        try:
            if _seal_of(path) not in (b"", seal):
                self.path = free_name(path)
                _unwritten[model] = self.path, content, b""
                say(f"Another training writes to '{path}': this one goes on in '{self.path}'.")
            write_atomically(self.path, content)
        except OSError as error:
            raise _cannot_be_written(path, error) from error
        self.seal = content[-SEAL:]
        del _unwritten[model]

    def _say_once(self, text: str):
        if not self.said:
            say(text)
        self.said = True

    def on_epoch_end(self, epoch, logs=None):
        logs = {name: float(value) for name, value in (logs or {}).items()}
        for name in self.history | logs:
            values = self.history.setdefault(name, [])
            # A measure that came later, or was left out, has no number for the other epochs.
            values += [math.nan] * (epoch - len(values)) + [logs.get(name, math.nan)]
        # A number that a `Measure` adds may be anything: only the step's own tell of the training's health.
        if all(math.isfinite(logs.get(name, 0.0)) for name in self.model.log_names):
            self.save(epoch + 1)

    def on_train_end(self, logs=None):
        if self.model in _unwritten:
            try:
                self.write_what_is_left(self.model)
            except OSError as error:
                say(
                    f"{error} It still holds epoch {self.epochs}; later ones are in this process alone. "
                    "Call fit with this model and checkpoint again, and they are written first."
                )


def _cannot_be_written(path, error) -> OSError:
    return OSError(
        f"The checkpoint '{path}' cannot be written ({error.strerror or error}): "
        "name a folder that you may write to, or make room on the disk."
    )


def _seal_of(path: Path) -> bytes:
    """The end of a checkpoint, which is another in each; empty where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(-SEAL, os.SEEK_END)
            return file.read()
    except OSError:
        return b""


def _sealed(archive: bytes) -> bytes:
    """A zip file with its checksum as its comment: those of its members leave out what lies between."""
    digest = hashlib.sha256(archive).hexdigest().encode()
    return archive[:-2] + len(digest).to_bytes(2, "little") + digest


def _intact(sealed: bytes) -> bytes:
    """The same bytes; ValueError if they were changed. Files of the first version have no seal."""
    archive, length, digest = sealed[: -SEAL - 2] + b"\0\0", sealed[-SEAL - 2 : -SEAL], sealed[-SEAL:]
    if length == b"@\0" and hashlib.sha256(archive).hexdigest().encode() != digest:
        raise ValueError("its checksum is another")
    return sealed


def _state_of(model):
    """Every variable that decides how training goes on: weights, seeds, optimizers."""
    return [*model.variables, *model.optimizer.variables]


def _rates_in(model) -> dict:
    """Where in the state the learning rate of each optimizer is; None where it is a schedule."""
    places = {id(variable): place for place, variable in enumerate(_state_of(model))}
    found = {}
    for name, optimizer in settings.innermost(model).items():
        own = [places[id(variable)] for variable in optimizer.variables if variable.name == "learning_rate"]
        found[name] = own[0] if own else None
    return found


def _without(state, places: dict) -> list:
    return [each for place, each in enumerate(state) if place not in places.values()]


def _shown(value) -> str:
    """A setting as a sentence names it."""
    if isinstance(value, dict):
        return str(value.get("class_name", value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def tile(pictures, columns: int = 8) -> np.ndarray:
    """One picture of many, row by row: uint8 `(rows * h, columns * w)`, with a third axis for colour."""
    from skimage.util import montage  # only where it is used: every training imports this module

    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8:
        pictures = to_uint8(pictures)
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or not pictures.size or columns < 1:
        raise ValueError(
            f"{columns} columns of pictures {pictures.shape} make no sheet: (n, h, w, 1 or 3) do."
        )
    number, *_, channels = pictures.shape
    columns = min(columns, number)
    grid = (math.ceil(number / columns), columns)
    sheet = montage(pictures, fill=[255] * channels, grid_shape=grid, channel_axis=-1)
    return sheet[..., 0] if channels == 1 else sheet


def save_gif(frames, path, seconds_per_frame: float = 0.2):
    """Writes frames as an endless GIF whose last frame stays for two seconds.

    Args:
        frames: uint8, or float in [-1, 1], of one size: an array, a tensor or a list, `(n, h, w)`,
            `(n, h, w, 1)` or `(n, h, w, 3)`; one picture, `(h, w)` or `(h, w, 1 or 3)`, is one frame.
        path: the file; its folders are made as needed.
        seconds_per_frame: from 0.02, the shortest that browsers show, to 600; hundredths count.

    Raises:
        TypeError, ValueError: if they are something else; the message says what.
        OSError: if the file cannot be written; one that was there before stays.
    """
    if not 0.02 <= seconds_per_frame <= 600:
        raise ValueError(
            f"seconds_per_frame={seconds_per_frame}: a GIF shows a frame for 0.02 to 600 seconds; "
            "browsers slow down what is shorter."
        )
    first, *rest = [Image.fromarray(frame) for frame in _film(frames)]
    milliseconds = [10 * round(100 * seconds_per_frame)] * len(rest) + [2000]
    content = io.BytesIO()
    try:
        first.save(content, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0)
    # Equal frames that follow each other become one, shown for longer. Older Pillows raise struct's error.
    except (OverflowError, struct.error) as error:
        raise ValueError(
            f"The film of {len(rest) + 1} frames of {first.width} x {first.height} pixels is too large: a "
            "GIF has at most 65535 pixels on a side, and shows one picture for at most 655 seconds."
        ) from error
    write_atomically(path, content.getvalue())


def _film(frames) -> np.ndarray:
    """Frames as `save_gif` takes them, as uint8 `(n, h, w)` or `(n, h, w, 3)`."""
    if isinstance(frames, list | tuple):
        if not frames:
            raise ValueError("There are no frames: a film needs at least one.")
        frames = [_array(frame) for frame in frames]
        for number, frame in enumerate(frames):
            if frame.shape != frames[0].shape or frame.dtype != frames[0].dtype:
                raise ValueError(
                    f"Frame {number} is {frame.dtype} {frame.shape}, the first one {frames[0].dtype} "
                    f"{frames[0].shape}: all frames of a film must be alike."
                )
        if frames[0].ndim == 0:
            raise ValueError("The frames are single numbers: a film is made of pictures, (n, h, w, 1 or 3).")
        frames = np.stack(frames)
    else:
        frames = _array(frames)
        if frames.ndim == 2 or (frames.ndim == 3 and frames.shape[-1] in (1, 3)):  # one picture
            frames = frames[None]
    shape = frames.shape
    if frames.ndim not in (3, 4) or (frames.ndim == 4 and shape[-1] not in (1, 3)):
        more = " A GIF has no half-transparent pixels: pass frames[..., :3]." if shape[-1:] == (4,) else ""
        raise ValueError(
            f"The frames have the shape {shape}, not (n, h, w), (n, h, w, 1) or (n, h, w, 3).{more}"
        )
    if not frames.size:
        raise ValueError(f"The frames have the shape {shape}: there is nothing to see.")
    if frames.dtype != np.uint8:
        if not np.issubdtype(frames.dtype, np.floating):
            raise TypeError(
                f"The frames are {frames.dtype}: pictures are uint8 (0 to 255) or float in [-1, 1]."
            )
        low, high = float(frames.min()), float(frames.max())
        if low < -1.001 or high > 1.001:
            raise ValueError(
                f"The frames are floats from {low:.4g} to {high:.4g}, but must lie in [-1, 1]: "
                "data.signed(pictures) brings uint8 pictures there."
            )
        frames = to_uint8(frames)  # refuses NaN
    return frames[..., 0] if frames.ndim == 4 and shape[-1] == 1 else frames


def _array(values) -> np.ndarray:
    """A list, an array or a tensor of any backend as NumPy's."""
    if hasattr(values, "shape") and not isinstance(values, np.ndarray):
        values = ops.convert_to_numpy(values)
    try:
        values = np.asarray(values)
    except ValueError:
        raise ValueError("A frame is a list of rows of different lengths.") from None
    return values.astype(np.float32) if values.dtype.kind == "V" else values  # bfloat16, to NumPy
