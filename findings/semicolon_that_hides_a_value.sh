#!/usr/bin/env bash
# ruff 0.17.5, jupytext 1.19.6
#
# In a notebook a `;` behind the last value of a cell hides that value. `ruff format` knows this: in an .ipynb it
# leaves the `;` of a cell's last line where it is. In the same notebook kept as a percent script (.py) it takes it
# away, so that formatting the source of a notebook makes output appear in the notebook. Nothing is reported: not by
# the formatter, and not by a comparison of syntax trees, in which `;` does not occur.
#
# Seen: "ipynb keeps it: True   py keeps it: False   same syntax tree: True"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check ruff==0.17.5 jupytext==1.19.6
printf '# %%%%\nsteps  =  3\nsteps;\n' > lesson.py
env/bin/jupytext --quiet --to ipynb lesson.py
cp lesson.py before.py
env/bin/ruff format --quiet lesson.py lesson.ipynb
env/bin/python - <<'PY'
import ast
import json
import sys

script = open("lesson.py").read()
(cell,) = json.load(open("lesson.ipynb"))["cells"]
notebook = "".join(cell["source"])
same = ast.dump(ast.parse(script)) == ast.dump(ast.parse(open("before.py").read()))
seen = ("steps;" in notebook, "steps;" in script, same)
print("ipynb keeps it: {}   py keeps it: {}   same syntax tree: {}".format(*seen))
sys.exit(0 if seen == (True, False, True) and "steps = 3" in notebook else 1)
PY
