"""The ledger of claims and the table of coverage say what the lessons' records and marks say."""

import pytest

import build
import claims
import env
from claims import Number
from course_lib import results
from sample_course import edit, make

pytestmark = pytest.mark.tools

ROWS = """\
[claims]
C1 = "Three is large."
[more]
X1 = "adding"
"""
TEST = """\
[[test]]
claim = "C1"
says = "the sum exceeds its parts"
lesson = "add"
left = ["sum", "of both"]
relation = ">"
right = ["part"]
"""


@pytest.fixture
def course(tmp_path):
    """The course of two lessons, with rows, one test, and records of the second lesson."""

    def made(test=TEST, covers="X1 C1", values=None):
        make(tmp_path)
        (tmp_path / "chapters/rows.toml").write_text(ROWS)
        (tmp_path / "chapters/claims.toml").write_text(test)
        edit(tmp_path, '# %% tags=["knobs"]', f'# %% tags=["knobs"] covers="{covers}"')
        values = values or {
            "sum": {"value": {"of both": 3}, "interval": {"of both": [2.5, 3.5]}, "of": "three seeds"},
            "part": {"value": 1.0},
        }
        result = {"profiles": {"quick": {"values": values, "seconds": 1.0}}}
        results.write(results.place("add", tmp_path / build.RESULTS), result)
        return build.Course(tmp_path)

    return made


def test_a_prediction_is_judged_by_what_was_recorded(course):
    page = claims.ledger(made := course())
    assert made.problems == []
    assert "3 (2.5 to 3.5; three seeds) \\> 1" in page
    assert "Three is large. **Holds.**" in page


@pytest.mark.parametrize(
    ("left", "relation", "right", "result"),
    [
        (Number(1), "<", Number(2), True),
        (Number(2), "<", Number(2), False),
        (Number(1, (0, 3)), "<", Number(2), None),
        (Number(1, (0.5, 1.5)), "<", Number(2, (1.4, 2.6)), None),
        (Number(1, (0.5, 1.5)), "<", Number(2, (1.6, 2.4)), True),
        (Number(1, (0.5, 1.5)), ">", Number(2, (1.6, 2.4)), False),
        # Of runs, the difference decides: t-intervals that overlap may be decided, ranges apart may not.
        (
            Number(1, (0, 2), runs=(1, 1.1, 0.9, 1)),
            "<",
            Number(1.3, (1.1, 1.5), runs=(1.3, 1.4, 1.2, 1.3)),
            True,
        ),
        (Number(1, runs=(0.5, 1, 1.5)), "<", Number(2, runs=(1.6, 2, 2.4)), None),
        (Number(1, runs=(0.9, 1, 1.1)), "<", Number(2), True),
        (Number(1, runs=(0.5, 1, 1.5)), "<", Number(2), None),
    ],
)
def test_the_interval_of_the_difference_decides(left, relation, right, result):
    assert claims.outcome(left, relation, right) is result


def test_runs_that_share_their_seeds_are_compared_in_pairs():
    left, right = (Number(1, runs=(x, x + 5, x + 9)) for x in (1, 2))
    assert claims.outcome(left, "<", right) is None
    assert claims.outcome(left, "<", right, paired=True) is True


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ([True, True], "holds"),
        ([True, None], "holds in part"),
        ([True, False], "holds in part"),
        ([False, None], "fails"),
        ([None], "not decided"),
    ],
)
def test_the_verdict_follows_from_the_outcomes(outcomes, said):
    assert claims.verdict(outcomes) == said


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('"part"', '"no such record"'), "no such record"),
        (('lesson = "add"', 'lesson = "sub"'), "there is no lesson"),
        (('">"', '"="'), 'relation is "<" or ">"'),
        (('right = ["part"]', ""), "either right or number"),
        (('claim = "C1"', 'claim = "C9"'), "which is no claim"),
        (('["sum", "of both"]', '["sum"]'), "no number"),
    ],
)
def test_a_test_that_cannot_be_judged_is_a_problem(course, change, complaint):
    made = course(TEST.replace(*change))
    claims.ledger(made)
    assert len(made.problems) == 1 and complaint in made.problems[0]


def test_coverage_points_to_the_cell_and_its_section(course):
    page = claims.coverage(made := course())
    assert made.problems == []
    assert "| X1 | adding | [1.1](../solutions/01_sum/1_add.ipynb) In [2] · The experiment |" in page


def test_a_row_that_no_cell_covers_and_a_mark_without_a_row_are_problems(course):
    claims.coverage(made := course(covers="C1 Q7"))
    assert any("no cell covers X1" in problem for problem in made.problems)
    assert any("'Q7'" in problem for problem in made.problems)


@pytest.fixture(scope="module")
def the_course():
    """The course itself, read once."""
    return build.Course()


def test_the_course_lists_every_row_of_the_articles(the_course):
    counts = {"S": 9, "M": 4, "U": 11, "C": 17, "K": 8, "X": 3}
    wanted = {f"{kind}{number + 1}" for kind, count in counts.items() for number in range(count)}
    rows = claims.read(the_course, "rows.toml")
    assert {row for group in rows.values() for row in group} == wanted


def test_every_row_is_covered_and_every_claim_is_judged(the_course):
    the_course.problems.clear()
    claims.coverage(the_course)
    page = claims.ledger(the_course)
    assert the_course.problems == []
    assert "not tested yet" not in page
    for name in ("claims", "coverage"):
        assert (env.ROOT / f"docs/{name}.md").exists()
