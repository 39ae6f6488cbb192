"""What lies beside photographs: named, counted and passed over, and never taken for a photograph."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from course_lib import data
from test_data_folder import halves

pytestmark = pytest.mark.tensorflow


def put(folder, *names):
    """Each of them a picture that could be read."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        halves().save(folder / name, "PNG")


PASSED = {
    "icloud": ".IMG_0003.JPG.icloud",
    "nextcloud": "IMG_0003.JPG.nextcloud",
    "synology": "@eaDir/IMG_0001.JPG/SYNOPHOTO_THUMB_XL.jpg",
    "synology, copied": "SYNOFILE_THUMB_M.jpg",
    "qnap": ".@__thumb/s100IMG_0001.JPG",
    "kde": ".thumbnails/normal/0a1b.png",
    "picasa": ".picasaoriginals/IMG_0001.JPG",
    "picasa's notes": "Picasa.ini",
    "windows": "Thumbs.db",
    "windows media center": "ehthumbs_vista.db",
    "camera": "MVI_0001.THM",
    "camcorder": "PRIVATE/AVCHD/BDMV/STREAM/00001.MTS",
    "lightroom": "Catalog Previews.lrdata/0/0A1B/1.lrprev",
    "lightroom's notes": "IMG_0001.xmp",
    "apple's edits": "IMG_0001.AAE",
    "takeout": "IMG_0001.JPG.supplemental-metadata.json",
    "drive": "holiday.gdoc",
    "immich": "thumbs/ab/cd/x-thumbnail.webp",
    "apple's library": "Fotos.photoslibrary/resources/derivatives/A/1_105_c.jpeg",
    "nas bin": "#recycle/IMG_0001.JPG",
    "windows bin": "$RECYCLE.BIN/IMG_0001.JPG",
    "sony": "PRIVATE/M4ROOT/THMBNL/C0001T01.JPG",
    "synology's snapshots": "#snapshot/GMT-2026.01.01/IMG_0001.JPG",
    "windows files in linux": "IMG_0001.JPG:Zone.Identifier",
    "browser": "IMG_0001.JPG.crdownload",
}


@pytest.mark.parametrize("kind", PASSED)
def test_is_passed_over_and_said(kind, tmp_path, capsys):
    name = PASSED[kind]
    put(tmp_path, name, "IMG_0001.JPG")
    if kind == "immich":
        (tmp_path / "thumbs/.immich").touch()
    result = data.folder(tmp_path, size=8)
    assert result.names == ["IMG_0001.JPG"] and name in result.skipped
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("passed over ") and result.skipped[name] in first


def test_a_folder_of_ones_own_is_read_whatever_it_is_called(tmp_path, capsys):
    own = [
        "thumbs/a.png",
        "previews/a.png",
        "x.photoslibrary/originals/0/a.png",
        "IMG-edited.jpg",
        "raw/a.png",
    ]
    put(tmp_path, *own)
    assert data.folder(tmp_path, size=8).names == sorted(own)
    assert capsys.readouterr().out == ""


def test_placeholders_of_icloud_are_counted(tmp_path, capsys):
    put(tmp_path, *(f"IMG_{number}.JPG" for number in range(3)))
    for number in range(3, 10):
        (tmp_path / f".IMG_{number}.JPG.icloud").write_bytes(b"bplist00" + bytes(90))
    assert len(data.folder(tmp_path, size=8).images) == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert "7 of 10 files, each of which is only in iCloud: open the folder in Finder" in line


def test_a_folder_of_placeholders_is_not_called_empty(tmp_path):
    for number in range(10):
        (tmp_path / f".IMG_{number}.JPG.icloud").write_bytes(b"bplist00" + bytes(90))
    with pytest.raises(ValueError, match="could be read; 10 of 10 files, each of which is only in iCloud"):
        data.folder(tmp_path)
    with pytest.raises(FileNotFoundError, match="IMG_0.JPG is only in iCloud: open the folder"):
        data.picture(tmp_path / "IMG_0.JPG")
    with pytest.raises(ValueError, match="is only in iCloud"):
        data.picture(tmp_path / ".IMG_0.JPG.icloud")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("st_file_attributes", 0x400020, "only in the cloud"),  # OneDrive: RECALL_ON_DATA_ACCESS
        ("st_file_attributes", 0x1020, "only in the cloud"),  # OFFLINE
        ("st_flags", 0x40000040, "only in iCloud"),  # macOS: SF_DATALESS
    ],
)
def test_what_the_system_would_have_to_fetch_is_not_opened(
    field, value, reason, tmp_path, monkeypatch, capsys
):
    put(tmp_path, "here.png", "far/a.png", "far/b.png")
    stat, opened = Path.stat, Path.open

    def of_a_placeholder(self, **options):
        found = stat(self, **options)
        if "far" not in self.parts or self.name == "far":
            return found
        return SimpleNamespace(st_mode=found.st_mode, st_size=found.st_size, **{field: value})

    def never(self, *arguments, **options):
        assert "far" not in self.parts, "reading starts a download"
        return opened(self, *arguments, **options)

    monkeypatch.setattr(Path, "stat", of_a_placeholder)
    monkeypatch.setattr(Path, "open", never)
    result = data.folder(tmp_path, size=8)
    assert result.names == ["here.png"] and sorted(result.skipped) == ["far/a.png", "far/b.png"]
    assert f"2 of 3 files, each of which is {reason}" in capsys.readouterr().out


def test_a_sparse_file_is_no_picture(tmp_path):
    with open(tmp_path / "a.jpg", "wb") as file:
        os.truncate(file.fileno(), 2_000_000)
    with pytest.raises(ValueError, match="its download or copy was never finished"):
        data.picture(tmp_path / "a.jpg")


def test_hundreds_of_films_beside_photographs_are_one_line(tmp_path, capsys):
    for number in range(30):
        put(tmp_path, f"IMG_{number}.HEIC")
        (tmp_path / f"IMG_{number}.MOV").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0" + bytes(600))
    result = data.folder(tmp_path, size=8)
    assert len(result.images) == 30 and len(result.skipped) == 30
    (line,) = capsys.readouterr().out.splitlines()
    assert "30 of 60 files, each of which is a film, not a picture (the first: 'IMG_0.MOV')" in line
