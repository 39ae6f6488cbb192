"""The two pages that hold the course to the articles: docs/claims.md and docs/coverage.md.

claims.md judges each claim by the predictions it makes (chapters/claims.toml) and the numbers that the
lessons recorded. coverage.md says which cell covers which row (chapters/rows.toml). Both are
rendered by tools/build.py, and so at the end of every make execute.
"""

import operator
import tomllib
from dataclasses import dataclass

import lessons
from course_lib.inference import difference, figures

RELATIONS = {"<": operator.lt, ">": operator.gt}
KEYS = {"claim", "says", "lesson", "left", "relation", "right", "number", "unit", "paired"}
OUTCOMES = {True: "yes", False: "**no**", None: "not decided"}
# These rows are also held by tests, which run where no lesson does.
LEDGER = """\
# The ledger of claims

What the five articles claim, in our words, and what the lessons measured in the profile quick. A claim is
split into predictions that can fail. Each compares two recorded numbers, or one with a bound. Where both were
measured with several seeds, the 95 % interval of their *difference* decides (paired where the seeds share
what scatters, Welch's otherwise); elsewhere the intervals have to be apart. Otherwise it is not decided. A
claim *holds* if all of its predictions came true, *fails* if at least one failed and none came true, and
*holds in part* otherwise. A number without an interval was measured once: its lesson says what that is
worth. What follows is written by `make execute`; no number is typed by hand.

"""
COVERAGE = """\
# What covers what

Every system, formula, use, claim and challenge of the five articles, and the cells that run it: the
lesson's worked version, the number beside the executed cell, and the section it stands in. Written from the
cells' own marks (`covers=…` in chapters/) by `make build`, which complains where no cell covers a row.
"""
TESTS_OF_ROWS = {"S6": "`make test-backends`: the library's tests on JAX and on PyTorch"}


@dataclass
class Number:
    """A recorded number, its interval (low, high) or None, how that was made, and its runs."""

    value: float
    interval: tuple | None = None
    of: str = ""
    runs: tuple = ()

    def __str__(self) -> str:
        if self.interval is None:
            return figures(self.value)
        low, high = map(figures, self.interval)
        return f"{figures(self.value)} ({low} to {high}" + (f"; {self.of})" if self.of else ")")


def read(course, name: str) -> dict:
    """A table of chapters/, empty if the course has none.

    Raises:
        LessonError: it is no TOML.
    """
    path = course.root / "chapters" / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError as error:
        raise lessons.LessonError(f"chapters/{name}: {error}") from error


def number(course, lesson, path: list) -> Number:
    """What a lesson recorded in quick: path is the key of the record, then keys into its value.

    Raises:
        LookupError: it recorded no such number.
    """
    values = course.result(lesson).get("profiles", {}).get("quick", {}).get("values", {})
    entry = values[path[0]]
    value, details = entry["value"], {key: entry.get(key) for key in ("interval", "of", "runs")}
    for key in path[1:]:
        value = value[key]
        for name, found in details.items():
            if isinstance(found, dict):
                details[name] = found.get(key)
            elif name != "of":  # one word may tell how all were made
                details[name] = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LookupError(f"{path} is {type(value).__name__}, no number")
    interval, of, runs = details.values()
    return Number(value, tuple(interval) if interval else None, str(of or ""), tuple(runs or ()))


def outcome(left: Number, relation: str, right: Number, paired: bool = False) -> bool | None:
    """Whether a prediction came true; None where it is not decided.

    Of two numbers with runs, or one and a bound, the interval of the difference decides. Otherwise intervals
    have to be apart, and a number without one counts as a point.
    """
    if len(left.runs) > 1 and (len(right.runs) > 1 or not right.interval):
        found = difference(left.runs, right.runs or right.value, paired and bool(right.runs))
        return RELATIONS[relation](found.value, 0) if found.decided else None
    (low, high), (other_low, other_high) = (one.interval or (one.value,) * 2 for one in (left, right))
    measured_once = left.interval is None and right.interval is None
    if measured_once or high < other_low or other_high < low:
        return RELATIONS[relation](left.value, right.value)
    return None


def verdict(outcomes: list) -> str:
    """What the outcomes of its predictions make of a claim."""
    came_true, failed = outcomes.count(True), outcomes.count(False)
    if not came_true and not failed:
        return "not decided"
    if not failed:
        return "holds" if came_true == len(outcomes) else "holds in part"
    return "holds in part" if came_true else "fails"


def ledger(course) -> str:
    """docs/claims.md. What is wrong in chapters/claims.toml goes to course.problems."""
    claims = read(course, "rows.toml").get("claims", {})
    tests = read(course, "claims.toml").get("test", [])
    known = {lesson.slug: lesson for lesson in course.lessons}
    summary, details = ["| | claim | verdict | lessons |", "|---|---|---|---|"], []
    for row, claim in claims.items():
        rows, outcomes, used = [], [], []
        for test in tests:
            if test.get("claim") != row:
                continue
            try:
                line, result, lesson = judged(course, known, test)
            except (LookupError, TypeError) as error:
                course.problems.append(f"chapters/claims.toml, {row}, {test.get('says')!r}: {error}")
                continue
            rows.append(line)
            outcomes.append(result)
            used += [link(lesson)] * (link(lesson) not in used)
        said = verdict(outcomes) if outcomes else "not tested yet"
        summary.append(f"| [{row}](#{row.lower()}) | {claim} | **{said}** | {', '.join(used)} |")
        details += ["", f"## {row}", "", f"{claim} **{said[0].upper()}{said[1:]}.**", ""]
        if rows:
            details += ["| prediction | measured | came true | lesson |", "|---|---|---|---|", *rows]
    for test in tests:
        if test.get("claim") not in claims:
            course.problems.append(f"chapters/claims.toml tests {test.get('claim')!r}, which is no claim.")
    return LEDGER + "\n".join(summary + details) + "\n"


def judged(course, known: dict, test: dict) -> tuple:
    """(the row of the table, the outcome, the lesson) of one prediction.

    Raises:
        LookupError: it is incomplete, or names what does not exist.
    """
    if set(test) - KEYS or not {"says", "lesson", "left", "relation"} <= set(test):
        raise LookupError(f"a test has the keys {', '.join(sorted(KEYS))} (right or number)")
    if test["relation"] not in RELATIONS or ("right" in test) == ("number" in test):
        raise LookupError('relation is "<" or ">", and it has either right or number')
    if test["lesson"] not in known:
        raise LookupError(f"there is no lesson {test['lesson']!r}")
    lesson = known[test["lesson"]]
    left = number(course, lesson, test["left"])
    right = number(course, lesson, test["right"]) if "right" in test else Number(test["number"])
    result = outcome(left, test["relation"], right, test.get("paired", False))
    measured = f"{left} {escaped(test['relation'])} {right} {test.get('unit', '')}".strip()
    row = f"| {test['says']} | {measured} | {OUTCOMES[result]} | {link(lesson)} |"
    return row, result, lesson


def escaped(relation: str) -> str:
    """< and > as Markdown shows them and HTML does not eat them."""
    return f"\\{relation}"


def link(lesson) -> str:
    """A link from a page in docs/ to the worked version of a lesson."""
    return f"[{lesson.number}](../solutions/{lesson.id}.ipynb)"


def coverage(course) -> str:
    """docs/coverage.md. Rows that no code cell covers go to course.problems."""
    cells = {}
    for lesson in course.lessons:
        for row, place in places(lesson):
            cells.setdefault(row, []).append(f"{link(lesson)} {place}")
    known = {row for rows in read(course, "rows.toml").values() for row in rows}
    for row in sorted(set(cells) - known):
        course.problems.append(f"{cells[row][0]} covers {row!r}, which chapters/rows.toml does not have.")
    lines = []
    for group, rows in read(course, "rows.toml").items():
        lines += ["", f"## {group.capitalize()}", "", "| | what | covered by |", "|---|---|---|"]
        for row, what in rows.items():
            covering = cells.get(row, [])
            if not covering:
                course.problems.append(f"no cell covers {row} ({what}): mark one with covers={row!r}.")
            if row in TESTS_OF_ROWS:
                covering = [*covering, TESTS_OF_ROWS[row]]
            lines.append(f"| {row} | {what} | {'<br>'.join(covering)} |")
    return COVERAGE + "\n".join(lines) + "\n"


def places(lesson):
    """(row, "In [12] · Section") for each row that a code cell of the worked lesson covers."""
    count, section = 0, ""
    for cell in lesson.worked_cells():
        if cell.cell_type == "markdown":
            headings = [line for line in cell.source.split("\n") if line.startswith("##")]
            section = headings[-1].lstrip("# ").replace("|", "\\|") if headings else section
            continue
        count += 1
        for row in lessons.rows_of(cell):
            yield row, f"In [{count}] · {section}"
