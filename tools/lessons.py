"""What a lesson is: chapters/<chapter>/<lesson>.py, read, numbered, hashed and held to the rules.

docs/authoring.md explains the format to authors.
"""

import ast
import hashlib
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext

import leaks
import meaning

TAGS = {"exercise", "solution", "check", "knobs", "final"}
TEST_TAGS = {"nbval-check-output", "nbval-skip", "raises-exception"}
CELL_METADATA = {"tags", "alt", "weights", "covers"}
LONGEST_CELL = 30  # lines
LONG_CELL = 20  # lines; how many cells are longer is counted, and may only fall
MOST_WORDS, MOST_CELLS = 3_500, 80  # of a learner's notebook, its header and footer among them
PROSE_WIDTH = 108  # columns, and two for the "# " before each line
UNBROKEN = re.compile(r"^\s*(\||\$\$|\\)|\]\(http|[─│]")  # tables, formulas, long addresses, drawings
EXERCISE_HEADING = re.compile(r"^#{2,6} Exercise(?=:|$)", re.M)
FORBIDDEN = ("simply", "just", "easily", "obviously")
EXERCISES = range(2, 5)  # in one lesson; the chapter 00_start_here may have fewer
# A lesson has a heading that begins with each of these.
SECTIONS_OF_ALL = ("What you will be able to do", "Prerequisites", "What to read")
SECTIONS = (
    "What you will be able to do",
    "Prerequisites",
    "From the documents",
    "The idea",
    "The mathematics",
    "The experiment",
    "When it goes wrong",
    "Exercise",
    "Verdict",
    "What to read",
)


class LessonError(Exception):
    """A chapter file that cannot be a lesson at all; the message names it."""


@dataclass
class Lesson:
    """One chapter file.

    `id` says where it lies, "01_gan/1_the_adversarial_game"; `slug`, "the_adversarial_game", is its name for
    good, by which results, claims, progress and other lessons know it; `number`, "1.1", is its place.
    """

    id: str
    path: Path
    title: str
    idea: str  # the bold sentence under the title
    cells: list
    lines: list  # where in the file each cell begins
    weights: dict = field(default_factory=dict)  # file name -> sha256, of the weights and studies it leans on
    problems: list = field(default_factory=list)
    number: str = ""  # given by find, which knows the order

    @property
    def slug(self) -> str:
        """The file's name without its number, "the_adversarial_game": a lesson keeps it wherever it moves."""
        return self.path.stem.partition("_")[2]

    def exercises(self) -> list:
        """The exercises' names, those of their checks, in order; "" where a cell tagged check calls none."""
        graded = [cell for cell in self.cells if "check" in tags_of(cell)]
        return [next((call.func.attr for call in calls(cell, "check")), "") for cell in graded]

    def learner_cells(self) -> list:
        """The cells of the learner's notebook: exercises open, solutions left out."""
        return [cell for cell in self.cells if "solution" not in tags_of(cell)]

    def worked_cells(self) -> list:
        """The cells of the worked notebook: solutions in place of exercises."""
        return [cell for cell in self.cells if "exercise" not in tags_of(cell)]

    def worked_code(self) -> list:
        """The code cells of the worked notebook."""
        return [cell for cell in self.worked_cells() if cell.cell_type == "code"]

    def fingerprint(self) -> str:
        """Hash of all that decides the worked version's outputs: what its code means, and the weights.

        Prose, comments and line breaks are not part of it: mending one costs no minutes of execution.
        """
        code = [[meaning.of(cell.source), tags_of(cell)] for cell in self.worked_code()]
        return sha256(json.dumps([code, sorted(self.weights.items())]))


def sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def tags_of(cell) -> list:
    """A cell's tags."""
    return list(cell.metadata.get("tags", []))


def rows_of(cell) -> list:
    """The rows of chapters/rows.toml that a cell covers: `# %% covers="S1 M1"`."""
    return str(cell.metadata.get("covers", "")).split()


def find(root: Path) -> list:
    """Every lesson of the course, in the order it is taught."""
    chapters = root / "chapters"
    paths = [path for path in chapters.glob("*/*.py") if not path.name.startswith("_")]
    found = [read(path, root) for path in sorted(paths, key=lambda path: order(path, chapters))]
    for chapter, lessons in itertools.groupby(found, key=lambda lesson: lesson.path.parent.name):
        for position, lesson in enumerate(lessons, 1):
            lesson.number = f"{leading_number(chapter)}.{position}"
    names = known_names(found)
    for lesson in found:
        number_exercises(lesson)
        for cell, line in zip(lesson.cells, lesson.lines, strict=True):
            resolve(cell, names, lesson, f"chapters/{lesson.id}.py, line {line}")
    return found


def known_names(found: list) -> dict:
    """What `<<name>>` stands for: a lesson's name -> (number, id), an exercise's -> (number, None)."""
    names = {}
    for lesson in found:
        meant = [(lesson.slug, (lesson.number, lesson.id))]
        meant += [
            (name, (f"{lesson.number}.{count}", None)) for count, name in enumerate(lesson.exercises(), 1)
        ]
        for name, what in meant:
            if name and name in names:
                lesson.problems.append(
                    f"chapters/{lesson.id}.py: the name {name!r} is taken by {names[name][0]}."
                )
            names[name] = what
    return names


def number_exercises(lesson: Lesson) -> None:
    """Puts the number into each heading `## Exercise: …`."""
    numbers = itertools.count(1)
    for cell in lesson.cells:
        if cell.cell_type == "markdown":
            cell.source = EXERCISE_HEADING.sub(
                lambda match: f"{match.group()} {lesson.number}.{next(numbers)}", cell.source
            )


def resolve(cell, names: dict, lesson: Lesson, where: str) -> None:
    """Puts numbers in place of `<<name>>`, in text with a link to the lesson."""

    def number(match):
        if match[1] not in names:
            lesson.problems.append(f"{where}: {match[0]} is the name of no lesson and no exercise.")
            return match[0]
        digits, target = names[match[1]]
        return f"[{digits}](../{target}.ipynb)" if target and cell.cell_type == "markdown" else digits

    cell.source = re.sub(r"<<(\w+)>>", number, cell.source)


def order(path: Path, chapters: Path) -> tuple:
    """Sorts 2_x before 10_x: the numbers that chapter and lesson names begin with."""
    return tuple((leading_number(part), part) for part in path.relative_to(chapters).with_suffix("").parts)


def leading_number(name: str) -> int:
    """3 for "3_stability"."""
    match = re.match(r"(\d+)_\w", name)
    if not match:
        raise LessonError(
            f"chapters/…/{name}: names of chapters and lessons begin with their number: 2_dcgan.py"
        )
    return int(match.group(1))


def read(path: Path, root: Path) -> Lesson:
    """Parses a chapter file and notes every rule it breaks in `problems`.

    Raises:
        LessonError: not percent format, or no title; nothing can be rendered then.
    """
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    name = path.relative_to(root).as_posix()
    cells = jupytext.reads(text, fmt="py:percent").cells
    lines = [number for number, line in enumerate(text.split("\n"), 1) if line.startswith("# %%")]
    if not cells or len(lines) != len(cells):
        raise LessonError(f"{name} does not begin with a '# %%' cell marker: see docs/authoring.md.")
    title = re.match(r"# (.+)", cells[0].source)
    idea = re.search(r"^\*\*(.+?)\*\*", cells[0].source, re.M | re.S)
    if cells[0].cell_type != "markdown" or not title:
        raise LessonError(f"{name} must begin with a markdown cell whose first line is '# Title'.")
    for cell in cells:
        cell.metadata.pop("lines_to_next_cell", None)
        cell.metadata.pop("lines_to_end_of_cell_marker", None)
        # An instruction to the formatter of the chapter file means nothing to a learner.
        cell.source = cell.source.replace("  # fmt: skip", "")
    lesson = Lesson(
        id=path.relative_to(root / "chapters").with_suffix("").as_posix(),
        path=path,
        title=title.group(1).strip(),
        idea=" ".join(idea.group(1).split()) if idea else "",
        cells=cells,
        lines=lines,
    )
    lesson.weights = weights_used(lesson, root, name) | studies_used(lesson, root, name)
    lesson.problems += validate(lesson, name)
    cells[0].metadata.pop("weights", None)
    return lesson


def weights_used(lesson: Lesson, root: Path, name: str) -> dict:
    """File name -> sha256 of the shipped weights that a lesson leans on.

    These are the files that the title cell declares (`# %% [markdown] weights=["x.weights.h5"]`),
    the ones that the code names, and those of the judges that it loads.
    """
    path = root / "course_lib" / "weights" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    code = "\n".join(cell.source for cell in lesson.worked_code())
    judges = re.findall(r"""judge\.load\(["'](\w+)["']""", code)
    declared = lesson.cells[0].metadata.get("weights", [])
    for missing in sorted(set(declared) - set(manifest)):
        lesson.problems.append(
            f"{name} declares the weights {missing}, which course_lib/weights/manifest.json does not list."
        )
    return {
        file: entry["sha256"]
        for file, entry in manifest.items()
        if file in declared or file in code or any(file.startswith(f"judge_{judge}.") for judge in judges)
    }


def studies_used(lesson: Lesson, root: Path, name: str) -> dict:
    """File name -> sha256 of the studies that the code reads: `results.study("stability")`."""
    read = [call for cell in lesson.worked_cells() for call in calls(cell, "results", "study")]
    found = {}
    for study in sorted({ast.unparse(argument).strip("'") for call in read for argument in call.args}):
        path = root / "course_lib" / "results" / "studies" / f"{study}.json"
        if path.exists():
            found[path.name] = sha256(path.read_text(encoding="utf-8"))
        else:
            lesson.problems.append(f"{name} reads the study {study}, which course_lib/results does not hold.")
    return found


def validate(lesson: Lesson, name: str) -> list:
    """One sentence for every rule of docs/authoring.md that the lesson breaks."""
    problems = []
    if not lesson.idea:
        problems.append(f"{name}: the title cell has no **bold sentence** that says the idea.")
    for cell, line in zip(lesson.cells, lesson.lines, strict=True):
        where = f"{name}, line {line}"
        problems += [f"{where}: {problem}" for problem in validate_cell(cell, lesson)]
    code = [
        (cell, line)
        for cell, line in zip(lesson.cells, lesson.lines, strict=True)
        if cell.cell_type == "code" and "exercise" not in tags_of(cell)
    ]
    for position, problem in leaks.find([(cell.source, tags_of(cell)) for cell, _ in code]):
        problems.append(f"{name}, line {code[position][1]}: {problem}")
    problems += [f"{name}, {problem}" for problem in validate_exercises(lesson)]
    problems += [f"{name}: {problem}" for problem in validate_sections(lesson)]
    started = [call for cell in lesson.cells for call in calls(cell, "runtime", "start")]
    names = [lesson_argument(call) for call in started]
    if names != [lesson.slug]:
        problems.append(
            f'{name}: call runtime.start(lesson="{lesson.slug}") in one cell, once, with this very name'
            + (f"; it says {', '.join(map(repr, names))}." if names else ".")
        )
    return problems


def validate_cell(cell, lesson: Lesson) -> list:
    """What one cell does wrong."""
    problems = []
    for tag in set(tags_of(cell)) - TAGS - TEST_TAGS:
        known = ", ".join(sorted(TAGS | TEST_TAGS))
        problems.append(f"the tag {tag!r} is unknown; the tags are {known}.")
    for key in set(cell.metadata) - CELL_METADATA:
        problems.append(f"the cell option {key!r} is unknown; the options are tags, alt, covers and weights.")
    if "weights" in cell.metadata and cell is not lesson.cells[0]:
        problems.append("weights are declared on the title cell only.")
    if cell.cell_type == "markdown":
        for word in FORBIDDEN:
            if re.search(rf"\b{word}\b", prose(cell.source), re.I):
                problems.append(f"the word {word!r} belittles whoever finds it hard: leave it out.")
    if typed := re.search(r"(lesson|exercise)s?\s+(\d\.\d)", cell.source, re.I):
        problems.append(f"{typed[0]!r}: numbers follow from the order; write {typed[1]} <<its_name>>.")
    if cell.cell_type == "markdown":
        for line in cell.source.split("\n"):
            if len(line) > PROSE_WIDTH and not UNBROKEN.search(line):
                problems.append(f"a line of text has {len(line) + 2} columns, more than {PROSE_WIDTH + 2}.")
        return problems
    length = cell.source.count("\n") + 1
    if length > LONGEST_CELL:
        problems.append(f"the cell has {length} lines, more than {LONGEST_CELL}: divide it.")
    try:
        if figures_without_alt(cell):
            shown = 'plots.show(figure, alt="what it shows")'
            problems.append(f'a figure without alt text: {shown} or the cell option alt="…".')
    except SyntaxError as error:
        problems.append(f"the cell is not valid Python ({error.msg}).")
    return problems


def too_long(lesson: Lesson, cells: list) -> list:
    """What is too much for one sitting; `cells` are those of the learner's notebook."""
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    name = f"chapters/{lesson.id}.py"
    problems = []
    if words > MOST_WORDS:
        problems.append(
            f"{name}: its text has {words:,} words, more than {MOST_WORDS:,}: cut, or make it two."
        )
    if len(cells) > MOST_CELLS:
        problems.append(f"{name}: it has {len(cells)} cells, more than {MOST_CELLS}: cut, or make it two.")
    return problems


def count_long_cells(found: list) -> int:
    """How many code cells of the worked lessons are longer than LONG_CELL lines."""
    return sum(cell.source.count("\n") >= LONG_CELL for lesson in found for cell in lesson.worked_code())


def validate_exercises(lesson: Lesson) -> list:
    """Every exercise is followed by its solution, and that by a check."""
    cells = zip(lesson.cells, lesson.lines, strict=True)
    code = [(tags_of(cell), line) for cell, line in cells if cell.cell_type == "code"]
    tags = [each for each, _ in code] + [[], []]
    problems = []
    for position, (_, line) in enumerate(code):
        if "exercise" in tags[position]:
            if "solution" not in tags[position + 1]:
                problems.append(f"line {line}: the exercise has no solution in the next code cell.")
            elif "check" not in tags[position + 2]:
                problems.append(f"line {line}: the exercise has no check after its solution.")
        if "solution" in tags[position] and "exercise" not in tags[position - 1]:
            problems.append(f"line {line}: the solution has no exercise in the code cell before it.")
    return problems


def validate_sections(lesson: Lesson) -> list:
    """The sections and the number of exercises that every lesson has."""
    prose_cells = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
    headings = re.findall(r"^#{2,6} (.+)$", "\n".join(prose_cells), re.M)
    introduction = lesson.id.startswith("00_")
    problems = [
        f"the section {section!r} is missing (a heading that begins with these words)."
        for section in (SECTIONS_OF_ALL if introduction else SECTIONS)
        if not any(heading.lower().startswith(section.lower()) for heading in headings)
    ]
    exercises = sum("exercise" in tags_of(cell) for cell in lesson.cells if cell.cell_type == "code")
    numbered = len(EXERCISE_HEADING.findall("\n".join(prose_cells)))
    if numbered != exercises:
        problems.append(
            f"{exercises} exercises need as many headings '## Exercise: …'; there are {numbered}."
        )
    if not introduction and exercises not in EXERCISES:
        problems.append(f"a lesson has 2 to 4 exercises; this one has {exercises}.")
    return problems


def prose(source: str) -> str:
    """Markdown without code, mathematics and the targets of links."""
    for pattern in (r"```.*?```", r"`[^`]*`", r"\$\$.*?\$\$", r"\$[^$]*\$", r"\]\([^)]*\)"):
        source = re.sub(pattern, " ", source, flags=re.S)
    return source


def calls(cell, module: str, function: str = "") -> list:
    """The calls of module.function(…) in a code cell; of any function of the module if none is named."""
    if cell.cell_type != "code":
        return []
    try:
        tree = meaning.syntax(cell.source)
    except SyntaxError:  # reported with the cell
        return []
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == module
        and node.func.attr in (function or node.func.attr,)
    ]


def lesson_argument(call: ast.Call) -> str:
    """The lesson that runtime.start is given."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "lesson"]
    value = (named + call.args + [ast.Constant("")])[0]
    return str(value.value) if isinstance(value, ast.Constant) else ast.unparse(value)


def figures_without_alt(cell) -> bool:
    """Whether a cell shows a figure that nothing describes."""
    if cell.metadata.get("alt"):
        return False
    tree = meaning.syntax(cell.source)
    shown = calls(cell, "plots", "show") + calls(cell, "plots", "show_film")
    silent = [call for call in shown if not any(keyword.arg == "alt" for keyword in call.keywords)]
    last = tree.body[-1] if tree.body else None
    bare = isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)
    drawn = bare and re.match(r"plots\.(?!show(_film)?\b)", ast.unparse(last.value.func))
    return bool(silent or drawn or calls(cell, "plt", "show"))
