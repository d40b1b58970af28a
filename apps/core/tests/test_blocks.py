"""Matrices of floats in the database come back to the bit."""

import numpy as np
import pytest
from django.db import connection

from apps.core.blocks import copied_blocks, copy_blocks

pytestmark = pytest.mark.django_db
READ = "SELECT small, middle, large, figures FROM blocks WHERE large = ANY(%(keys)s) ORDER BY large"


@pytest.fixture
def _table():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE blocks (small smallint, middle int, large bigint, figures bytea)")


@pytest.mark.usefixtures("_table")
def test_lines_come_back_as_they_went():
    told = np.array([[1 / 3, -0.0, np.nan], [np.inf, 1e-320, -1e308]])
    lines = [(-7, 70_000, 2**40, told), (1, 2, 3, told.T), (0, 0, 9, np.empty((7, 0)))]

    copy_blocks("blocks", ("small", "middle", "large", "figures"), (2, 4, 8), iter(lines))
    found = list(copied_blocks(READ, {"keys": [3, 9, 2**40]}))

    assert [numbers for numbers, _block in found] == [(1, 2, 3), (0, 0, 9), (-7, 70_000, 2**40)]
    assert found[0][1].reshape(3, 2).tobytes() == np.ascontiguousarray(told.T).tobytes()
    assert found[2][1].reshape(2, 3).tobytes() == told.tobytes()
    assert len(found[1][1]) == 0


@pytest.mark.usefixtures("_table")
def test_no_lines_are_none():
    copy_blocks("blocks", ("small", "middle", "large", "figures"), (2, 4, 8), iter([]))

    assert list(copied_blocks(READ, {"keys": []})) == []
