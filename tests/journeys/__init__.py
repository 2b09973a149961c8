"""Whole calls on real Asterisk and real phones: how a call goes wrong, and what is left after it."""

import pytest

pytest.register_assert_rewrite("tests.journeys.house")
