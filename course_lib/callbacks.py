"""Callbacks that every training of the course can use, on every backend."""

from __future__ import annotations

import io
import json
import math
import sys
import time
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import ops
from PIL import Image
from tqdm import tqdm

from course_lib.data.pictures import to_uint8
from course_lib.files import write_atomically

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
    """

    def on_train_batch_end(self, batch, logs=None):
        broken = [name for name, value in (logs or {}).items() if not math.isfinite(value)]
        if broken and not self.model.stop_training:
            self.model.stop_training = True
            print(
                f"Training stopped: {', '.join(broken)} is no longer a finite number. The weights are "
                "lost: build the model again. Then try a learning rate 3 to 10 times smaller, a "
                "gradient penalty, or float32 in place of float16.",
                file=sys.stderr,
            )


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

    Always sample from the same latents: then the film shows one set of pictures as it becomes clear.

    Args:
        sample: a function of the model that returns pictures, uint8 or float in [-1, 1],
            shape `(n, h, w, 1 or 3)`.
        folder: where `0001.png`, ... and `training.gif` are written; None writes nothing.
        columns: pictures in a row of the film.

    Attributes:
        samples: what `sample` returned, one array an epoch.
    """

    def __init__(self, sample, folder: str | Path | None = None, columns: int = 8):
        super().__init__()
        self.sample = sample
        self.folder = None if folder is None else Path(folder)
        self.columns = columns
        self.samples: list[np.ndarray] = []

    def on_epoch_end(self, epoch, logs=None):
        self.samples.append(ops.convert_to_numpy(self.sample(self.model)))
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(tile(self.samples[-1], self.columns))
            picture.save(self.folder / f"{epoch + 1:04d}.png")

    def on_train_end(self, logs=None):
        if self.folder is not None and self.samples:
            frames = [tile(pictures, self.columns) for pictures in self.samples]
            save_gif(frames, self.folder / "training.gif")


class Checkpoint(keras.callbacks.Callback):
    """All that a training needs to go on exactly, in one file that is never half-written.

    Keras' `BackupAndRestore` keeps neither the state of the random seeds nor, after a kill while it
    writes, anything. This file holds the weights, every optimizer's variables, the seeds' states, the
    number of the epoch and the history. It is written beside its place and moved there by `os.replace`.

    Args:
        path: the file.
        run: a dict of what must be the same when training goes on (data, batch size, seed).
    """

    def __init__(self, path, run: dict | None = None):
        super().__init__()
        self.path = Path(path)
        self.run = run
        self.history = {}

    def restore(self, model):
        """Puts `model` into the saved state.

        Returns:
            The number of finished epochs and their history; `(0, {})` where there is no file.

        Raises:
            ValueError: if the file is damaged, or belongs to another model or run.
        """
        if not self.path.exists():
            return 0, {}
        advice = f"Delete the file '{self.path}' to start again, or give another name."
        try:
            with np.load(self.path, allow_pickle=False) as archive:
                header = json.loads(bytes(archive["header"]))
                values = [archive[str(i)] for i in range(header["variables"])]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"The checkpoint cannot be read ({error}). {advice}") from error
        variables = _state_of(model)
        same_shapes = [list(value.shape) for value in values] == [list(v.shape) for v in variables]
        if header["model"] != type(model).__name__ or not same_shapes:
            raise ValueError(f"The checkpoint belongs to another model. {advice}")
        if header["run"] != self.run:
            raise ValueError(
                f"The checkpoint was made with {header['run']}, this training has {self.run}. {advice}"
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        self.history = header["history"]
        return header["epochs"], {name: list(values) for name, values in self.history.items()}

    def save(self, epochs: int):
        """Writes the state after `epochs` epochs.

        Raises:
            OSError: if the file cannot be written; the one before it stays.
        """
        variables = _state_of(self.model)
        header = {
            "model": type(self.model).__name__,
            "run": self.run,
            "epochs": epochs,
            "history": self.history,
            "variables": len(variables),
        }
        arrays = {str(i): ops.convert_to_numpy(v.value) for i, v in enumerate(variables)}
        content = io.BytesIO()
        np.savez(content, header=np.frombuffer(json.dumps(header).encode(), np.uint8), **arrays)
        try:
            write_atomically(self.path, content.getvalue())
        except OSError as error:
            raise OSError(
                f"The checkpoint '{self.path}' cannot be written ({error.strerror}): "
                "name a folder that you may write to, or make room on the disk."
            ) from error

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(float(value))
        self.save(epoch + 1)


def _state_of(model):
    """Every variable that decides how training goes on: weights, seeds, optimizers."""
    return [*model.variables, *model.optimizer.variables]


def tile(pictures, columns: int = 8) -> np.ndarray:
    """One picture of many, row by row: uint8 `(rows * h, columns * w)`, with a third axis for colour."""
    from skimage.util import montage  # only where it is used: every training imports this module

    pictures = np.asarray(pictures)
    if pictures.dtype != np.uint8:
        pictures = to_uint8(pictures)
    number, *_, channels = pictures.shape
    columns = min(columns, number)
    grid = (math.ceil(number / columns), columns)
    sheet = montage(pictures, fill=[255] * channels, grid_shape=grid, channel_axis=-1)
    return sheet[..., 0] if channels == 1 else sheet


def save_gif(frames, path, seconds_per_frame: float = 0.2):
    """Writes frames (uint8, equal shapes) as an endless GIF whose last frame stays for a while."""
    first, *rest = [Image.fromarray(frame) for frame in frames]
    milliseconds = [round(1000 * seconds_per_frame)] * len(rest) + [2000]
    first.save(path, save_all=True, append_images=rest, duration=milliseconds, loop=0)
