"""CPU seconds of the lessons in `quick`, beside those of another checkout of the course, measured together.

    git worktree add ../before b96e505
    python benchmarks/turns.py ../before              # every lesson, half an hour a core for each checkout
    python benchmarks/turns.py ../before --only 01_gan
    python benchmarks/turns.py ../before --show       # what has been measured

A lesson of this checkout and the lesson of the same name of the other one run at the same time, each on one
core of its own and changing cores from lesson to lesson, so that whatever slows the machine slows both.
Counted is the kernel's own processor time, with what it starts. Each pair is kept in build/turns.json as soon
as it is there; lessons that only one has count in the sums.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from course_lib.desk import execution

STORE = ROOT / "build" / "turns.json"
COUNT = """import resource as _resource
_own, _children = (_resource.getrusage(who) for who in (_resource.RUSAGE_SELF, _resource.RUSAGE_CHILDREN))
print("cpu", _own.ru_utime + _own.ru_stime + _children.ru_utime + _children.ru_stime, _own.ru_maxrss)"""


def lessons(root: Path) -> dict:
    """{name: worked notebook} of a checkout, in the order of the lessons; names are kept, numbers change."""
    return {path.stem.partition("_")[2]: path for path in sorted(root.glob("solutions/*/*.ipynb"))}


def measure(root: Path, path: Path) -> dict:
    """Runs a worked notebook in this process's kernel; its CPU seconds and the most memory, in MB."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(COUNT))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        variables = {"COURSE_PROFILE": "quick", "COURSE_STRICT": "1", "COURSE_RESULTS": scratch}
        variables |= {"PYTHONPATH": str(root), "COURSE_CACHE": str(Path(scratch, "cache"))}
        execution.run(notebook, variables)
    said = "".join(one.get("text", "") for one in notebook.cells[-1].outputs)  # others may print there, too
    words = said[said.index("cpu ") :].split()
    return {"cpu": round(float(words[1]), 1), "megabytes": round(int(words[2]) / 1024)}


def pair(roots: list, paths: list, cores: list) -> list:
    """Both lessons at the same time, each held to one core."""
    running = [
        subprocess.Popen(
            [*held(core), sys.executable, __file__, "--one", root, path], stdout=subprocess.PIPE, text=True
        )
        for root, path, core in zip(roots, paths, cores, strict=True)
        if path is not None
    ]
    told = [json.loads(one.communicate()[0] or "null") for one in running]
    if None in told:
        sys.exit("a lesson failed: its error stands above")
    return [told.pop(0) if path is not None else None for path in paths]


def held(core: int) -> list:
    """What starts a program on one core, where the system can."""
    return ["taskset", "-c", str(core)] if sys.platform == "linux" else []


def show(found: dict) -> None:
    """Prints each pair, the sums and their ratio, and the longest lesson of each checkout."""
    sums, longest = [0.0, 0.0], [0.0, 0.0]
    for name, both in found.items():
        seconds = [one["cpu"] if one else 0.0 for one in both]
        sums = [total + one for total, one in zip(sums, seconds, strict=True)]
        longest = [max(most, one) for most, one in zip(longest, seconds, strict=True)]
        ratio = f"{seconds[0] / seconds[1]:.2f}" if all(seconds) else "only one has it"
        print(f"{name:28s} {seconds[0]:7.1f} s  {seconds[1]:7.1f} s  {ratio}")
    if all(sums):
        print(f"{'all':28s} {sums[0]:7.1f} s  {sums[1]:7.1f} s  {sums[0] / sums[1]:.2f}")
        print(f"{'the longest':28s} {longest[0]:7.1f} s  {longest[1]:7.1f} s  {longest[0] / longest[1]:.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("other", nargs="?", type=Path, help="the other checkout")
    parser.add_argument("--only", default="", help="lessons whose file contains this")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--one", nargs=2, type=Path, metavar=("ROOT", "NOTEBOOK"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(*arguments.one)))
        return
    found = json.loads(STORE.read_text()) if STORE.exists() else {}
    if not arguments.show:
        if arguments.other is None or not (arguments.other / "course_lib").is_dir():
            parser.error("name the folder of another checkout of the course")
        roots = [ROOT, arguments.other.resolve()]
        here, there = map(lessons, roots)
        for turn, name in enumerate(dict.fromkeys([*here, *there])):
            paths = [known.get(name) for known in (here, there)]
            if name in found or arguments.only not in str(paths[0] or paths[1]):
                continue
            found[name] = pair(roots, paths, [turn % 2, (turn + 1) % 2])
            STORE.parent.mkdir(exist_ok=True)
            STORE.write_text(json.dumps(found, indent=1))
            print(name, found[name], flush=True)
    show(found)


if __name__ == "__main__":
    main()
