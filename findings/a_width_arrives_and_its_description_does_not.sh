#!/usr/bin/env bash
# ipython 9.18.1, nbconvert 7.17.2
#
# IPython's Image takes a description, `Image(png, width=40, alt="a dark square")`, and both values go into the
# metadata of the output, side by side. nbconvert reads the width from there and leaves the description: the page
# says "No description has been provided for this image" of a picture that has one. (JupyterLab shows width and no
# description either.) A description survives only as HTML, in an <img> of one's own.
#
# Seen: "stored: {'width': 40, 'alt': 'a dark square'}   page: width 40, alt 'No description has been provided for
# this image'   as HTML: alt 'a dark square'"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check ipython==9.18.1 nbconvert==7.17.2
IPYTHONDIR="$folder" env/bin/python - <<'PY'
import base64
import struct
import sys
import zlib

import nbformat
from bs4 import BeautifulSoup
from IPython.core.formatters import format_display_data
from IPython.display import Image
from nbconvert import HTMLExporter


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def img(data, metadata):
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    return BeautifulSoup(page, "html.parser").find("img")


png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
png += chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
data, metadata = format_display_data(Image(png, width=40, alt="a dark square"))
stored, address = metadata["image/png"], base64.b64encode(png).decode()
page = img({"image/png": address}, metadata)
own = img({"text/html": f'<img alt="a dark square" src="data:image/png;base64,{address}">'}, {})
print(f"stored: {stored}   page: width {page['width']}, alt {page['alt']!r}   as HTML: alt {own['alt']!r}")
seen = stored, page["width"], page["alt"].startswith("No description"), own["alt"]
sys.exit(0 if seen == ({"width": 40, "alt": "a dark square"}, "40", True, "a dark square") else 1)
PY
