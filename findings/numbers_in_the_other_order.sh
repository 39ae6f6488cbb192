#!/usr/bin/env bash
# pillow 13.0.0 (and 11.3.0), tifffile 2026.3.3, numpy 2.4.6
#
# A TIFF file may hold its numbers with the highest byte first, and may be compressed. Pillow reads each of the two
# rightly. Of both together, with samples of 32 bits or signed samples of 16, it returns other numbers, silently: what
# unpacks the file gives numbers in the order of the machine, and Pillow turns them around once more.
# And where zero is white (photometric interpretation 0), Pillow turns brightness around for samples of up to 8 bits
# and not for those of 16 and 32: the same picture comes back as its negative, depending on its depth.
#
# Seen: "0.75 packed, highest byte first: 2.3047e-41   black in 8 bits: 0   in 16: 65535   in 32: 1.0"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.4.6
env/bin/python - <<'PY'
import sys

import numpy as np
import tifffile
from PIL import Image


def read(values, **options):
    tifffile.imwrite("a.tif", values, metadata=None, **options)
    return np.asarray(Image.open("a.tif"))[0, 0]


grey = np.full((4, 4), 0.75, "float32")
right = [read(grey, byteorder=order, compression=packed) for order, packed in ((">", None), ("<", "zlib"))]
wrong = read(grey, byteorder=">", compression="zlib")
highest = {"uint8": 255, "uint16": 65535, "float32": 1}  # what is black where zero is white
black = [read(np.full((4, 4), value, kind), photometric="miniswhite") for kind, value in highest.items()]
print(f"0.75 packed, highest byte first: {wrong:.5g}   black in 8 bits: {black[0]}   in 16: {black[1]}   in 32: {black[2]}")
sys.exit(0 if right == [0.75, 0.75] and wrong < 1e-30 and black == [0, 65535, 1] else 1)
PY
