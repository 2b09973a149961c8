"""Settings: from a file, from the environment, and what a mistake is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from callflow.settings import SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("RINGHALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RINGHALL_HOME", str(tmp_path))


def test_everything_has_a_default(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.home == tmp_path
    assert settings.database == f"sqlite+aiosqlite:///{tmp_path}/ringhall.db"
    assert settings.api_host == "127.0.0.1"
    assert (settings.dialplans / "demo.yaml").exists()
    url, user, password = settings.ari()
    assert (url, user) == ("http://127.0.0.1:8088/ari", "ringhall")
    assert password == settings.ari()[2], "generated once"


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ringhall.toml").write_text(
        'site = "north"\napi_port = 9000\n[asterisk]\nsip_port = 5070\n[[asterisk.trunks]]\n'
        'name = "carrier"\naddresses = ["203.0.113.7"]\n'
    )
    monkeypatch.setenv("RINGHALL_ASTERISK__HTTP_PORT", "8099")
    monkeypatch.setenv("RINGHALL_API_PORT", "9001")
    settings = load_settings()
    assert (settings.site, settings.api_port) == ("north", 9001)
    assert (settings.asterisk.sip_port, settings.asterisk.http_port) == (5070, 8099)
    assert settings.asterisk.trunks[0].name == "carrier"


def test_file_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "other.toml"
    file.write_text('node = "node-7"')
    monkeypatch.setenv("RINGHALL_SETTINGS", str(file))
    assert load_settings().node == "node-7"


def test_foreign_asterisk_needs_its_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGHALL_ARI_URL", "http://pbx:8088/ari/")
    with pytest.raises(SettingsError, match="needs ari_user and ari_password"):
        load_settings()
    monkeypatch.setenv("RINGHALL_ARI_USER", "u")
    monkeypatch.setenv("RINGHALL_ARI_PASSWORD", "p")
    assert load_settings().ari() == ("http://pbx:8088/ari", "u", "p")
    assert load_settings().ami() is None


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGHALL_DATABASE_URL", "postgresql+asyncpg://u:hush@db/x")
    settings = load_settings()
    assert "hush" in settings.database
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RINGHALL_HOMEE", "/x", "RINGHALL_HOMEE: there is no such setting. Did you mean RINGHALL_HOME"),
        ("RINGHALL_API_PORT", "99999", "RINGHALL_API_PORT: .*65535.*not '99999'"),
        ("RINGHALL_ASTERISK__SIP_PROT", "1", "RINGHALL_ASTERISK__SIP_PROT: .*did you mean 'sip_port'"),
        ("RINGHALL_ASTERISK__TRUNKS", "[{", "written as JSON"),
        ("RINGHALL_ASTERISK__TRUNKS", '[{"name": "a"}]', r"RINGHALL_ASTERISK__TRUNKS \(0\): .*recognised"),
        ("RINGHALL_SETTINGS", "/no/such/file", "RINGHALL_SETTINGS: there is no file"),
    ],
)
def test_mistake_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("site = \nnode = 1", "ringhall.toml: .*line 1.*Correct the file's TOML"),
        ("sitee = 'x'", "ringhall.toml: sitee: there is no such setting; did you mean 'site'"),
        ("[asterisk]\nsip_port = 'x'", "ringhall.toml: asterisk.sip_port: .*not 'x'"),
        ("api_port = 70000\n[asterisk]\nhttp_port = 0", "(?s)api_port.*asterisk.http_port"),
    ],
)
def test_mistake_in_the_file_names_the_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "ringhall.toml").write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_settings()
