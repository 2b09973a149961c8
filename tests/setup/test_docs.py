"""The admin's page holds every setting, and names none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from callflow.settings import Settings
from telephony.asterisk.home import AsteriskSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "install.md").read_text()
SETTINGS = {*Settings.model_fields, *AsteriskSettings.model_fields}


def test_every_setting_is_on_the_page() -> None:
    named = {word.lower() for word in re.findall(r"\w+", PAGE)} | {
        word.lower() for word in re.findall(r"RINGHALL_(\w+)", PAGE)
    }
    assert SETTINGS - named == set()


def test_every_variable_on_the_page_exists() -> None:
    variables = set(re.findall(r"RINGHALL_(\w+)", PAGE)) - {"SETTINGS"}
    known = {name.upper() for name in Settings.model_fields} | {
        f"ASTERISK__{name.upper()}" for name in AsteriskSettings.model_fields
    }
    assert variables - known == set()
