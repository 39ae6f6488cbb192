#!/usr/bin/env bash
# pillow 13.0.0 (and 11.3.0), tifffile 2025.10.16 writes
#
# A TIFF may store its channels one after the other (PlanarConfiguration 2), as programs of microscopes do. With
# 16 bits a channel Pillow reads such a file rightly where it is compressed; the same picture without compression
# it opens without a word as another one: each half of a 16-bit number becomes a pixel of its own, so a row of the
# picture becomes two, its left half and below it its right half, and the lower half of the picture is lost.
#
# Seen of a picture whose left half is red and whose right half is blue, a pixel of each in an odd row:
# "written: [[255, 0, 0], [0, 0, 255]]   compressed: [[255, 0, 0], [0, 0, 255]]
#  not compressed: [[0, 0, 255], [0, 0, 255]]"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2025.10.16 numpy==2.3.4
env/bin/python - <<'PY'
import sys

import numpy as np
import tifffile
from PIL import Image

planes = np.zeros((3, 20, 40), np.uint16)
planes[0, :, :20] = planes[2, :, 20:] = 65535  # left red, right blue
seen = {"written": [planes[:, 9, x].astype(int) // 257 for x in (0, 20)]}
for name, compression in (("compressed", "zlib"), ("not compressed", None)):
    tifffile.imwrite("a.tif", planes, photometric="rgb", planarconfig="separate", compression=compression)
    assert (tifffile.imread("a.tif") == planes).all()
    with Image.open("a.tif") as picture:
        seen[name] = [picture.convert("RGB").getpixel((x, 9)) for x in (0, 20)]
seen = {name: [[int(value) for value in pixel] for pixel in pixels] for name, pixels in seen.items()}
print("   ".join(f"{name}: {pixels}" for name, pixels in seen.items()))
sys.exit(0 if seen["written"] == seen["compressed"] != seen["not compressed"] else 1)
PY
