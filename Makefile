# Thin callers of tools/, which run without make too: `python tools/run.py`.
# Each sets up what it needs. PYTHON may name any Python 3.11 to 3.13: `make test PYTHON=python3.12`.
PYTHON ?= python3
unexport PYTHONSAFEPATH  # with which a tool would not find those beside it

.PHONY: help lab run test test-backends test-browser nightly build execute bench doctor

help:            ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1: /p' Makefile

lab:             ## open the lessons in JupyterLab (ARGS="--port 9000" go to it)
	$(PYTHON) tools/lab.py $(ARGS)

run:             ## execute one lesson; write it as a page with its pictures under build/
	$(PYTHON) tools/run.py $(LESSON)

test:            ## every check
	$(PYTHON) tools/test.py

test-backends:   ## the library on JAX and PyTorch
	$(PYTHON) tools/test.py backends

test-browser:    ## JupyterLab and the lessons' pages in a browser, Chromium
	$(PYTHON) tools/test.py browser

nightly:         ## what is too long for every run; before an issue is closed
	$(PYTHON) tools/test.py nightly

build:           ## chapters/ into notebooks/ and solutions/
	$(PYTHON) tools/build.py

execute:         ## execute the solutions that are stale (minutes each)
	$(PYTHON) tools/execute.py

bench:           ## speed and quality against textbook implementations
	$(PYTHON) tools/bench.py

doctor:          ## check this machine
	$(PYTHON) tools/doctor.py
