#!/usr/bin/env bash
# pillow 13.0.0 (and 11.3.0)
#
# An .ico file holds the same icon in several sizes, and each size may come in several depths, for screens with few
# colours. Systems show the deepest that fits. Pillow opens the largest size, and of that the one with the FEWEST
# colours: of a red icon stored with 2 colours (black, white) and with 24 bits, it returns the one in black and white.
#
# Seen: "opened: (0, 0, 0)   the last of the same size: (255, 0, 0)"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check pillow==13.0.0
env/bin/python - <<'PY'
import io
import struct
import sys

from PIL import Image

directory, content = struct.pack("<HHH", 0, 1, 2), b""
for bits, picture in ((24, Image.new("RGB", (32, 32), "red")), (1, Image.new("1", (32, 32), 0))):
    file = io.BytesIO()
    picture.save(file, "PNG")
    stored = file.getvalue()
    directory += struct.pack("<BBBBHHII", 32, 32, 0, 0, 1, bits, len(stored), 38 + len(content))
    content += stored
icon = Image.open(io.BytesIO(directory + content))
opened, other = icon.convert("RGB").getpixel((9, 9)), icon.ico.frame(1).convert("RGB").getpixel((9, 9))
print(f"opened: {opened}   the last of the same size: {other}")
sys.exit(0 if opened == (0, 0, 0) and other == (255, 0, 0) else 1)
PY
