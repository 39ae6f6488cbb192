"""The data sets of the course, and others of labelled pictures, through TensorFlow Datasets (TFDS).

TFDS prepares a data set once: it turns the original files into TFRecords in a folder. Here that
folder comes into being beside its place and is moved there when it is whole, with a list of its
files and their checksums: a preparation that was killed leaves nothing behind that a later one
would trust.
"""

from __future__ import annotations

import atexit
import collections
import contextlib
import dataclasses
import difflib
import functools
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image
from requests.structures import CaseInsensitiveDict
from tensorflow_datasets.core.download import downloader
from tqdm.auto import tqdm

from course_lib.data import bundled, downloads
from course_lib.data.bundled import LABELS, DataError
from course_lib.data.pictures import MAX_BYTES
from course_lib.data.reading import square
from course_lib.files import cache_folder

STAMP = "course.json"  # lists the files of a prepared folder
SECONDS_TO_REACH = 8
WORKER = (  # a process of its own can be stopped when its time is over
    "import sys; from course_lib.data import tfds_builders; tfds_builders.download_into(*sys.argv[1:])"
)

# --------------------------------------------------------------------------- builders of the course


@dataclasses.dataclass
class Pixels(tfds.core.BuilderConfig):
    """A size in pixels, the one thing in which two preparations of a data set differ."""

    size: int = 64


class _CourseBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """What both builders share: two sizes, two splits, and an index that gives the order back."""

    VERSION = tfds.core.Version("1.0.0")
    BUILDER_CONFIGS = [Pixels(name="64", size=64), Pixels(name="32", size=32)]

    def _dataset_info(self, labels: dict, **more):
        size = self.builder_config.size
        features = {
            "image": tfds.features.Image(shape=(size, size, 3)),
            "index": tfds.features.Scalar(np.int64),
        }
        for key, names in labels.items():
            features[key] = tfds.features.ClassLabel(names=list(names))
        features = tfds.features.FeaturesDict(features)
        return tfds.core.DatasetInfo(builder=self, description=self.__doc__, features=features, **more)

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(split) for split in ("train", "validation", "test")}


class CoursePeople(_CourseBuilder):
    """People of Microsoft's Fluent Emoji, with their skin tone, gender and kind."""

    def _info(self):
        return self._dataset_info(LABELS["people"])

    def _generate_examples(self, split):
        images, labels = bundled.people(split, self.builder_config.size)
        for index, image in enumerate(images):
            named = {key: int(values[index]) for key, values in labels.items()}
            yield index, {"image": image, "index": index, **named}


class CourseEarth(_CourseBuilder):
    """Tiles of NASA's Blue Marble, sea or land."""

    def _info(self):
        return self._dataset_info({"label": LABELS["earth"]}, supervised_keys=("image", "label"))

    def _generate_examples(self, split):
        images, labels = bundled.earth(split, self.builder_config.size)
        for index, (image, label) in enumerate(zip(images, labels, strict=True)):
            yield index, {"image": image, "index": index, "label": int(label)}


def bundled_by_tfds(name: str, split: str, size: int):
    """What `data.load(name, split, size=size)` returns, by way of TFDS.

    fashion is the real builder `fashion_mnist`, which prepares from the bundled archives; its order
    is the builder's own. people and earth come in the same order as from the bundled files.
    """
    if name == "fashion":
        make = functools.partial(tfds.builder, "fashion_mnist")
    else:
        builder = {"people": CoursePeople, "earth": CourseEarth}[name]
        make = functools.partial(builder, config=str(size))
    made_from = _fingerprint()
    folder = _folder(f"{name}-{size}")
    if not _is_whole(folder, made_from):
        print(f"Preparing {name!r} for TensorFlow Datasets, once: some seconds.")
        folder = _install(folder, lambda work: _prepare_offline(make(data_dir=work), work), made_from)
    # All in one batch: an array a feature. The builder of fashion knows what its authors published.
    cut = name == "fashion" and split != "test"
    examples = _read(make(data_dir=folder), "train" if cut else split, batch_size=-1)
    if cut:
        chosen = _which_are_in(split, examples["image"], examples["label"])
        examples = {key: np.asarray(values)[chosen] for key, values in examples.items()}
    order = np.argsort(examples["index"]) if "index" in examples else slice(None)
    arrays = {key: np.array(values)[order] for key, values in examples.items()}
    labels = {key: arrays[key] for key in LABELS["people"]} if name == "people" else arrays["label"]
    return arrays["image"], labels


def _which_are_in(split: str, images, labels) -> np.ndarray:
    """Which of the builder's shuffled training pictures of fashion belong to a split, bool (n,)."""
    if split == "train+validation":
        return np.ones(len(images), bool)
    held_back = collections.Counter(
        (image.tobytes(), int(label)) for image, label in zip(*bundled.fashion("validation"), strict=True)
    )
    kept = np.zeros(len(images), bool)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        key = (np.asarray(image).tobytes(), int(label))
        kept[index] = held_back[key] > 0
        held_back[key] -= kept[index]
    return kept if split == "validation" else ~kept


def _fingerprint() -> str:
    """Changes with the files and the code that decodes them, so that no stale cache is read."""
    sources = (bundled.FILES / "manifest.json", Path(bundled.__file__), Path(__file__))
    together = b"".join(path.read_bytes() for path in sources) + tfds.__version__.encode()
    return hashlib.sha256(together).hexdigest()


def _prepare_offline(builder, work: Path) -> None:
    archives = bundled.FILES / "fashion-mnist"
    if builder.name == "fashion_mnist":
        for archive in sorted(archives.glob("*.gz")):
            bundled.read_file(f"fashion-mnist/{archive.name}")  # a damaged one says so here
    config = tfds.download.DownloadConfig(manual_dir=archives, try_download_gcs=False)
    tfds.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            builder.download_and_prepare(download_dir=work / "downloads", download_config=config)
    finally:
        tfds.enable_progress_bar()


def _read(builder, split: str, **settings):
    """The examples of a split as TFDS gives them in NumPy's arrays."""
    config = tfds.ReadConfig()
    config.options.autotune.enabled = False  # its thread sleeps at the end of every iteration
    return tfds.as_numpy(builder.as_dataset(split=split, read_config=config, **settings))


# -------------------------------------------------------------------------------------- other names


def other(name: str, split, size, download: bool, time_limit: float):
    """Any data set of TFDS whose pictures have one label each: uint8 `(n, h, w, c)`, int64 `(n,)`.

    Raises:
        ValueError: if TFDS does not know the name or split, or if its pictures do not fit.
        DataError: if it is not prepared and `download` is False, or if the download fails.
    """
    builder = _other_builder(name, data_dir=None)
    image, label = _picture_features(name, builder)
    # Perhaps it lies in the user's own folder of TFDS. (is_prepared warns where there is none.)
    if not (builder.data_path.exists() and builder.is_prepared()):
        folder = _folder(builder.info.full_name.replace("/", "-"))
        if not _is_whole(folder, made_from=builder.info.full_name):
            folder = _download(name, builder, folder, download, time_limit)
        builder = _other_builder(name, data_dir=folder)
    try:
        examples = builder.info.splits[split].num_examples
    except (KeyError, ValueError, TypeError, AttributeError):
        known = ", ".join(map(repr, builder.info.splits))
        raise ValueError(f"{name!r} has no split {split!r}; it has {known}.") from None

    height, width, channels = builder.info.features[image].shape
    if size is None and None in (height, width, channels):
        raise ValueError(f"The pictures of {name!r} differ in size: say size=64, for example.")
    shape = (size or height, size or width, channels or 3)
    needed = examples * int(np.prod(shape))
    if needed > MAX_BYTES:
        raise ValueError(
            f"{examples:,} pictures of {shape} need {needed / 1024**3:.1f} GiB of memory, more "
            f"than the {MAX_BYTES / 1024**3:.0f} GiB allowed: take a smaller size or a part, "
            f'split="{split}[:5000]" for example.'
        )
    images, labels = np.empty((examples, *shape), np.uint8), np.empty(examples, np.int64)
    try:
        for index, example in enumerate(_read(builder, split)):
            picture = example[image]
            if size is not None:
                grey = picture.shape[-1] == 1
                whole = Image.fromarray(picture[..., 0] if grey else picture).convert("RGB")
                picture = np.asarray(square(whole, size, "crop"))
            images[index], labels[index] = picture[..., : shape[-1]], example[label]
    except tf.errors.OpError as error:
        raise DataError(
            f"{name!r} in {builder.data_path} is damaged ({type(error).__name__}): remove that "
            "folder and load it again."
        ) from error
    return images, labels


def _other_builder(name: str, data_dir):
    base = str(name).partition("/")[0]
    names = tfds.list_builders(with_community_datasets=False)
    if base not in names:
        close = difflib.get_close_matches(base, names, n=1)
        guess = f" Did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"TensorFlow Datasets has no data set {name!r}.{guess}")
    try:
        return tfds.builder(name, data_dir=data_dir, try_gcs=False)
    except (tfds.core.DatasetNotFoundError, ValueError):
        kinds = ", ".join(tfds.builder_cls(base).builder_configs) or "no variants"
        raise ValueError(f"{base!r} has no variant {name!r}; it has {kinds}.") from None


def _picture_features(name: str, builder) -> tuple[str, str]:
    """The names of the features that hold picture and label."""
    keys = builder.info.supervised_keys
    if keys is not None and len(keys) == 2 and all(isinstance(key, str) for key in keys):
        image, label = (builder.info.features[key] for key in keys)
        eight_bits = isinstance(image, tfds.features.Image) and image.np_dtype == np.uint8
        if eight_bits and isinstance(label, tfds.features.ClassLabel):
            return keys
    raise ValueError(
        f"{name!r} is not a data set of 8-bit pictures with one label each, such as 'mnist', "
        "'cifar10' or 'oxford_flowers102'."
    )


def _download(name: str, builder, folder: Path, download: bool, time_limit: float) -> Path:
    expected = sum(info.size for info in builder.url_infos.values())  # bytes; 0 if unknown
    if not download:
        how_much = f" (up to {expected / 1e6:,.0f} MB)" if expected else ""
        raise DataError(
            f"{name!r} is not on this computer yet. Say download=True to fetch it{how_much}; "
            "what the course brings along needs no network."
        )
    hosts = {urllib.parse.urlparse(url).netloc for url in builder.url_infos}
    hosts = sorted(hosts - {""}) or [urllib.parse.urlparse(builder.info.homepage).netloc]
    if not _reachable(hosts):
        raise DataError(
            f"{name!r} cannot be downloaded: {hosts[0]} cannot be reached. "
            "Check the network, or use what the course brings along."
        )

    def prepare(work):
        nonlocal kept
        kept = work.parent / f"{folder.name}.downloads"
        if there := _bytes_in(kept):
            print(f"Going on with {there / 1e6:,.1f} MB that an earlier attempt left.")
        command = [sys.executable, "-c", WORKER, name, str(work), str(kept)]
        _run_with_limit(command, kept, time_limit, name, expected or None)

    kept = None
    folder = _install(folder, prepare, made_from=builder.info.full_name)
    shutil.rmtree(kept, ignore_errors=True)
    return folder


def download_into(name: str, work: str, kept: str) -> None:
    """Downloads and prepares `name` in the folder `work`: what WORKER does.

    What was downloaded stays in the folder `kept`, whole or in part, for a later attempt.
    """
    tfds.disable_progress_bar()
    builder = tfds.builder(name, data_dir=work)
    with _downloads_that_go_on(Path(kept), builder.url_infos):
        builder.download_and_prepare(
            download_dir=Path(work) / "downloads",
            download_config=tfds.download.DownloadConfig(try_download_gcs=False),
        )


@contextlib.contextmanager
def _downloads_that_go_on(kept: Path, url_infos: dict):
    """Lets TFDS read what it downloads from files in `kept`; its own downloads begin at zero every time."""
    plain = downloader._open_url  # the one place through which all of them go

    @contextlib.contextmanager
    def open_url(url, verify=True, **settings):
        if not url.startswith("http") or downloader._DRIVE_URL.match(url):  # FTP; a page with a question
            with plain(url, verify=verify, **settings) as opened:
                yield opened
            return
        checksum = url_infos[url].checksum if url in url_infos else None
        path, note = downloads.fetch(url, kept, checksum, verify)
        response = types.SimpleNamespace(url=note["url"], headers=CaseInsensitiveDict(note["headers"]))
        with path.open("rb") as file:
            yield response, iter(functools.partial(file.read, 2**20), b"")

    downloader._open_url = open_url
    try:
        yield
    finally:
        downloader._open_url = plain


def _reachable(hosts: list[str]) -> bool:
    """Whether one of the hosts, or the proxy in front of them, answers within 8 seconds."""
    proxies = urllib.request.getproxies()
    proxies = {proxies[kind] for kind in ("http", "https", "all") if kind in proxies}
    if proxies:
        hosts = [urllib.parse.urlparse(url).netloc or url for url in proxies]
    answered = threading.Event()

    def knock(host):
        address, _, port = host.rpartition("@")[2].partition(":")
        for number in [int(port)] if port else [443, 80]:
            with contextlib.suppress(OSError, ValueError):  # ValueError: a name that cannot be one
                socket.create_connection((address, number), timeout=SECONDS_TO_REACH).close()
                answered.set()
                return

    # Threads, since looking a name up without a network can take longer than any timeout.
    threads = [threading.Thread(target=knock, args=(host,), daemon=True) for host in hosts[:4]]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + SECONDS_TO_REACH
    while time.monotonic() < deadline and any(thread.is_alive() for thread in threads):
        if answered.wait(0.1):
            break
    return answered.is_set()


def _run_with_limit(command, kept: Path, time_limit: float, name: str, expected=None) -> None:
    """Runs `command`, which downloads into the folder `kept`, for `time_limit` seconds at most."""
    paths = [str(Path(bundled.__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    deadline = time.monotonic() + time_limit
    with (
        tempfile.TemporaryFile() as log,
        tqdm(total=expected, unit="B", unit_scale=True, desc=f"Downloading {name}", mininterval=1) as bar,
    ):
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    raise DataError(
                        f"{name!r} was not there after {time_limit:g} seconds: what came is kept, so try "
                        "again, with a larger time_limit or on a faster network, and it goes on from there."
                    )
                time.sleep(0.2)
                bar.update(_bytes_in(kept) - bar.n)
        finally:
            process.kill()
            process.wait()
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines() or ["no reason given"]
            for line in lines:
                if line.startswith(downloads.SAID):
                    tqdm.write(line.removeprefix(downloads.SAID))
        if process.returncode:
            reason = lines[-1].removeprefix("course_lib.data.downloads.DownloadError: ")
            raise DataError(f"{name!r} could not be downloaded and prepared: {reason[:300]}")


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # the other process may remove it meanwhile
            total += path.stat().st_size
    return total


# ---------------------------------------------------------------------------------------- the cache


_temporary: dict[str, Path] = {}  # prepared in this process, because the cache cannot be written


def _folder(key: str) -> Path:
    return _temporary.get(key, cache_folder() / "tfds" / key)


def _is_whole(folder: Path, made_from: str) -> bool:
    """Whether every file of a prepared folder is as it was; says so if one is not."""
    if not os.path.isdir(folder):
        return False
    name = STAMP
    try:
        stamp = json.loads((folder / STAMP).read_bytes())
        if stamp["made_from"] != made_from:
            return False  # by another version: prepared anew without a word
        for name, expected in stamp["files"].items():
            if _sha256(folder / name) != expected:
                raise ValueError("it was changed")
        return True
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or error
        print(f"The cache {folder} is damaged ({name}: {reason}) and must be prepared again.")
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _install(folder: Path, prepare, made_from: str) -> Path:
    """Lets `prepare` fill a new folder, then puts it in the place of `folder`; returns the place.

    If the cache cannot be written, a temporary folder serves until the process ends.
    """
    try:
        if folder.is_dir():  # it is not whole, or it would not be prepared
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
        work = _new_folder_beside(folder)
    except OSError as error:
        print(f"{folder.parent} cannot be written ({error.strerror}): a temporary folder is used.")
        temporary = Path(tempfile.mkdtemp(prefix="learning-to-draw-"))
        atexit.register(shutil.rmtree, temporary, ignore_errors=True)
        _temporary[folder.name] = folder = temporary / folder.name
        work = _new_folder_beside(folder)
    try:
        prepare(work)
        shutil.rmtree(work / "downloads", ignore_errors=True)  # the archives once more
        files = sorted(path for path in work.rglob("*") if path.is_file())
        stamp = {
            "made_from": made_from,
            "files": {path.relative_to(work).as_posix(): _sha256(path) for path in files},
        }
        (work / STAMP).write_text(json.dumps(stamp, indent=1))
        try:
            os.replace(work, folder)
        except OSError:
            if not _is_whole(folder, made_from):  # else another process was faster
                raise
    except OSError as error:
        raise DataError(f"{folder} could not be prepared: {error}.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _new_folder_beside(folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    for path in folder.parent.glob("*.part"):  # of preparations that were killed a day ago or earlier
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - 24 * 3600:
                shutil.rmtree(path, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{folder.name}-", suffix=".part", dir=folder.parent))
