from pathlib import Path

import pytest

from tests.ivr.site_homes import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)
