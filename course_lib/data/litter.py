"""What lies beside photographs and is none: placeholders of clouds, thumbnails of servers, notes of programs.

Nothing is passed over in silence but what is hidden: `pictures.folder` counts the files of each reason.
"""

from __future__ import annotations

import stat
from fnmatch import fnmatchcase
from pathlib import Path

IN_ICLOUD = "is only in iCloud: open the folder in Finder and choose Download Now"
IN_A_CLOUD = 'is only in the cloud: in the file manager, choose "Always keep on this device" for the folder'

# Patterns of names, compared without regard to case.
FOLDERS = {
    "@eadir": "is a thumbnail that a Synology server made",
    ".@__thumb": "is a thumbnail that a QNAP server made",
    ".thumbnails": "is a thumbnail that a program made",
    ".picasaoriginals": "is a picture before Picasa changed it",
    "appdata_*": "is a thumbnail that Nextcloud made",
    "*.lrdata": "is a preview that Lightroom made",
    "thmbnl": "is a thumbnail that a camera made of a film",
    "#snapshot": "is an earlier copy that a server kept",
    "@recently-snapshot": "is an earlier copy that a server kept",
    "#recycle": "lies in a waste bin",
    "@recycle": "lies in a waste bin",
    "$recycle.bin": "lies in a waste bin",
}
FILES = {
    ".*.icloud": IN_ICLOUD,
    "*.nextcloud": IN_A_CLOUD,
    "*.owncloud": IN_A_CLOUD,
    "syno*_thumb*": FOLDERS["@eadir"],
    "*.thm": "is a camera's thumbnail of a film",
    "*.mts": "is a film, not a picture",
    "*.m2ts": "is a film, not a picture",
    "*.lrprev": FOLDERS["*.lrdata"],
    "*thumbs*.db": "holds thumbnails that Windows made",
    "desktop.ini": "is a note of Windows",
    "*zone.identifier": "is a note of Windows",
    "*.lnk": "is a shortcut",
    "*.url": "is a shortcut",
    "*.webloc": "is a shortcut",
    "*.gdoc": "is a link to a Google document",
    "*.gsheet": "is a link to a Google document",
    "*.gslides": "is a link to a Google document",
    "*.crdownload": "is an unfinished download",
    "*.opdownload": "is an unfinished download",
    "*.part": "is an unfinished download",
    "*.partial": "is an unfinished download",
} | dict.fromkeys(
    ("*.xmp", "*.aae", "*.json", "*.pp3", "*.dop", "*.cos", "*.on1", "picasa.ini"),
    "is a note of a photo program, not a picture",
)
# The folders of Apple's libraries in which the photographs themselves lie.
LIBRARIES, ORIGINALS = ("*.photoslibrary", "*.photolibrary", "*.aplibrary"), ("originals", "masters")

# Files whose content a cloud fetches only when they are read: Windows says so in the attributes (OFFLINE,
# RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS), macOS in the flags (SF_DATALESS). Python does not name all of them.
WINDOWS_ABSENT = stat.FILE_ATTRIBUTE_OFFLINE | 0x40000 | 0x400000
MACOS_ABSENT = 0x40000000


class PassedOver(ValueError):
    """The reason why a file was not even meant to be a picture that can be read."""


def of_folder(path: Path) -> str | None:
    """Why nothing in this folder is a photograph of the learner's, or None."""
    if any(fnmatchcase(path.parent.name.lower(), library) for library in LIBRARIES):
        return None if path.name.lower() in ORIGINALS else "is a copy that Apple's photo library made"
    if path.name == "thumbs" and (path / ".immich").exists():  # a learner's own may be called so too
        return "is a thumbnail that an Immich server made"
    return _matching(path.name, FOLDERS)


def of_file(name: str) -> str | None:
    """Why a file with this name is no picture, or None."""
    return _matching(name, FILES)


def of_status(status) -> str | None:
    """Why a file cannot be read now, by what the system says of it, or None."""
    if getattr(status, "st_file_attributes", 0) & WINDOWS_ABSENT:
        return IN_A_CLOUD
    if getattr(status, "st_flags", 0) & MACOS_ABSENT:
        return IN_ICLOUD
    return None


def _matching(name: str, patterns: dict[str, str]) -> str | None:
    return next((reason for pattern, reason in patterns.items() if fnmatchcase(name.lower(), pattern)), None)
