"""What a lesson defines, read from its source in chapters/, for benchmarks and tests that run it apart.

So a benchmark measures, and a test checks, the very functions that a reader sees.
"""

import ast
import sys
from pathlib import Path

DEFINITIONS = ast.FunctionDef | ast.ClassDef


def begin(study: str, lesson: str) -> None:
    """Starts a lesson as its first cell does, for a program that will keep a study.

    Where the study could not be kept, the program ends with a sentence before anything is measured.
    """
    from course_lib import results, runtime

    try:
        results.require_study(study)
    except OSError as error:
        sys.exit(f"{error}")
    runtime.start(lesson=lesson, seed=1)


def namespace(lesson: Path, values) -> dict:
    """Runs a lesson's imports, functions, classes and knobs, and the assignments to `values`; nothing else.

    Args:
        lesson: the file in chapters/.
        values: names of the few further values that the functions use.

    Returns:
        The names that are then defined. Where an exercise and its answer define the same, the answer counts.
    """

    def wanted(node):
        if isinstance(node, ast.Import | ast.ImportFrom | DEFINITIONS):
            return True
        if not isinstance(node, ast.Assign):
            return False
        parts = [part for target in node.targets for part in ast.walk(target)]
        names = {part.id for part in parts if isinstance(part, ast.Name)}
        source = ast.unparse(node)
        return "check." not in source and bool(names & set(values) or "runtime.pick(" in source)

    space = {}
    for node in filter(wanted, _body(lesson)):
        exec(ast.unparse(node), space)
    return space


def definitions(lesson: Path, *names: str) -> str:
    """The source of functions and classes of a lesson; of an exercise, its answer.

    Raises:
        ValueError: if the lesson does not define one of them.
    """
    found = {node.name: node for node in _body(lesson) if isinstance(node, DEFINITIONS)}
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"{lesson} does not define {', '.join(missing)}.")
    return "\n".join(ast.unparse(found[name]) for name in names)


def _body(lesson):
    return ast.parse(lesson.read_text(encoding="utf-8")).body
