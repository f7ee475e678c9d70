"""The Shape leakage page with two methods and three holes."""

import pytest

from tests.pages.leakage.leakage_page import METHOD_NAMES, LeakagePage


@pytest.fixture
def page(fresh_server) -> LeakagePage:
    return LeakagePage(methods=METHOD_NAMES, holes="exact,box,transplanted")
