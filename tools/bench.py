"""Runs the benchmarks one after the other: `python tools/bench.py [PART OF A NAME]`."""

import os
import subprocess
import sys

import env

if __name__ == "__main__":
    env.enter("main")
    wanted = "".join(sys.argv[1:2])
    found = [path for path in sorted((env.ROOT / "benchmarks").glob("*.py")) if wanted in path.stem]
    found = [path for path in found if not path.name.startswith("_")]
    if not found:
        sys.exit(f"No benchmark's name contains {wanted!r}.")
    if len(found) > 1:  # most write a study, and each takes minutes
        try:
            env.require_writable(
                env.ROOT / "course_lib/results/studies", "name one benchmark that writes nothing."
            )
        except OSError as error:
            sys.exit(f"{error}")
    codes = []
    for path in found:
        print(f"── {path.stem}", flush=True)
        variables = {**os.environ, "PYTHONPATH": str(env.ROOT)}
        codes.append(subprocess.run([sys.executable, path], cwd=env.ROOT, env=variables).returncode)
    sys.exit(max(codes))
