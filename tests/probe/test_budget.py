"""What fits into a time: fewer trees first, then fewer rows, and never none."""

from __future__ import annotations

import pytest

from dataaudit.probe.budget import CORES, LEAST_ROWS, cost, plan


def test_small_data_get_whole_models() -> None:
    found = plan(600, 10, 3, 5, 60.0)
    assert (found.rows, found.trees, found.boosts, found.landmarks) == (600, 80, 40, 300)
    assert (found.wide, found.narrow) == (10, 10)


def test_the_largest_usual_sample_is_taken_whole() -> None:
    assert plan(20_000, 50, 2, 5, 60.0).rows == 20_000
    assert plan(20_000, 50, 10, 5, 60.0).rows == 20_000


@pytest.mark.parametrize(("columns", "outputs"), [(50, 2), (2000, 2), (50, 1000), (2000, 200)])
@pytest.mark.parametrize("seconds", [2.0, 20.0])
def test_the_time_is_kept_by_taking_fewer_rows(columns: int, outputs: int, seconds: float) -> None:
    found = plan(20_000, columns, outputs, 5, seconds)
    assert found.rows == LEAST_ROWS or 10 * cost(found, outputs) <= CORES * seconds
    assert found.rows <= plan(20_000, columns, outputs, 5, 10 * seconds).rows


def test_no_budget_takes_all_rows() -> None:
    assert plan(20_000, 2000, 100, 5, 1e-9).rows == LEAST_ROWS
    assert plan(40, 3, 2, 5, 1e-9).rows == 40


def test_many_classes_leave_boosting_out() -> None:
    found = plan(20_000, 50, 100, 5, 60.0)
    assert (found.boosts, found.landmarks) == (0, 0)
    assert plan(5000, 20, 2, 5, 60.0, boosting=False).boosts == 0


def test_wide_tables_show_models_their_most_telling_columns() -> None:
    found = plan(16_000, 2000, 2, 5, 1e9)
    assert found.narrow == 512
    assert found.wide == 750
