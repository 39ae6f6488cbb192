"""The command `learning-to-draw`: what is done around a lesson, wherever the course is installed.

learning-to-draw lab       opens the lessons in JupyterLab, on copies that are yours
learning-to-draw run       executes one lesson and writes it as a web page
learning-to-draw reset     puts an exercise or a lesson back, and keeps your old answer
learning-to-draw doctor    checks this machine
"""

import argparse
import os
import runpy
import sys
from pathlib import Path

from course_lib import __version__
from course_lib.console import speak_plainly
from course_lib.desk import DeskError, copies, require_home, require_writable
from course_lib.machine import missing_sentence

FIRST = "01_gan/1"  # the first lesson that makes pictures


def main(arguments=None) -> int:
    """Run the command; `arguments` are the command line's unless given. Returns the exit status.

    Exits with a sentence where something is in the way.
    """
    speak_plainly()
    parser = _parser()
    chosen, others = parser.parse_known_args(arguments)
    if others and chosen.call is not _lab:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")  # the kernel of this Python, not of another
    try:
        if chosen.call in (_lab, _run):
            require_home()
        return chosen.call(chosen, others)
    except DeskError as error:
        sys.exit(f"{error}")
    except ModuleNotFoundError as error:
        sys.exit(f"{missing_sentence(error.name.split('.')[0])} `learning-to-draw doctor` says more.")
    except KeyboardInterrupt:
        sys.exit("Stopped.")


def _parser():
    parser = argparse.ArgumentParser(
        prog="learning-to-draw", description="A course on networks that draw: its lessons on your machine."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="lab | run | reset | doctor")

    lab = commands.add_parser(
        "lab", help="open the lessons in JupyterLab, on copies that are yours", allow_abbrev=False,
        epilog="Further arguments go to JupyterLab: --port 9000, --no-browser, …",
    )  # fmt: skip
    lab.add_argument("--folder", type=Path, default="my_notebooks",
                     help="where your copies are, or will be (default: ./my_notebooks)")  # fmt: skip
    lab.set_defaults(call=_lab)

    run = commands.add_parser(
        "run", help="execute one lesson's worked version and write it as a web page",
        epilog="The environment variable COURSE_PROFILE says how long it takes: smoke is seconds, quick is "
        "minutes, full is for a GPU.",
    )  # fmt: skip
    run.add_argument(
        "lesson", nargs="?", default=FIRST, help=f"its number, or part of its name (default: {FIRST})"
    )
    run.add_argument("--folder", type=Path, default="build", help="where the page goes (default: ./build)")
    run.set_defaults(call=_run)

    reset = commands.add_parser("reset", help="put an exercise or a lesson back, and keep your old answer")
    reset.add_argument("what", help="a name or a number: generator_loss, 1.1.3, the_adversarial_game, 1.1")
    reset.add_argument("--folder", type=Path,
                       help="where your copies are (default: around here, or ./my_notebooks)")  # fmt: skip
    reset.set_defaults(call=_reset)

    doctor = commands.add_parser("doctor", help="check this machine, and say what to do")
    doctor.set_defaults(call=_doctor)
    return parser


def _lab(chosen, others) -> int:
    from course_lib.desk import lab

    return lab.open_lab(chosen.folder, others)


def _run(chosen, _) -> int:
    from course_lib.desk import execution, page

    lesson = page.matching(chosen.lesson)
    folder = chosen.folder.absolute()
    require_writable(folder)
    name = lesson["file"].removesuffix(".ipynb")
    print(f"Executing {name} …", flush=True)
    try:
        path, pictures, seconds = page.write(copies.originals() / "solutions" / lesson["file"], folder)
    except execution.ExecutionError as error:
        raise DeskError(f"{name}: {error}") from error
    except OSError as error:
        raise DeskError(f"{folder} could not take the page ({error.strerror}): make room there.") from error
    print(f"{lesson['number']} {lesson['title']}: {seconds:.0f} s, {len(pictures)} pictures in "
          f"{path.with_suffix('')}")  # fmt: skip
    print(path)
    return 0


def _reset(chosen, _) -> int:
    from course_lib.desk import progress, reset

    print(reset.reset(chosen.folder or progress.folder() or Path("my_notebooks"), chosen.what))
    return 0


def _doctor(chosen, _) -> int:
    runpy.run_module("course_lib.doctor", run_name="__main__")
    return 0
