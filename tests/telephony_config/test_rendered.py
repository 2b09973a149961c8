"""The rendered configuration: what it says, who may read it, and what real Asterisk makes of it."""

from __future__ import annotations

import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from telephony.asterisk.home import AsteriskHome, AsteriskSettings, ConfigError, Trunk, templates

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.asterisk
def test_asterisk_loads_it_without_an_error(asterisk: AsteriskHome) -> None:
    log = (asterisk.folder / "log" / "messages.log").read_text()
    assert "modules will be loaded" in log, "the log is being written"
    boot = log.partition("VERBOSE")[0]
    assert not re.findall(r".*(?:ERROR|WARNING)\[.*", boot)


@pytest.mark.asterisk
def test_every_module_named_runs(asterisk: AsteriskHome) -> None:
    wanted = re.findall(r"(?m)^load = (\S+)", (templates() / "modules.conf").read_text())
    running = re.findall(r"(?m)^(\S+\.so) .*Running", asterisk.process.cli("module show"))
    assert set(wanted) == set(running)


@pytest.mark.asterisk
def test_control_ports_listen_on_loopback_only(asterisk: AsteriskHome) -> None:
    settings = asterisk.settings
    table = subprocess.run(["ss", "-Hlntp"], capture_output=True, text=True, check=True).stdout
    mine = {line.split()[3] for line in table.splitlines() if f"pid={asterisk.process.pid}," in line}
    assert mine == {
        f"127.0.0.1:{settings.http_port}",
        f"127.0.0.1:{settings.ami_port}",
        f"0.0.0.0:{settings.sip_port}",
    }


@pytest.mark.asterisk
def test_secrets_are_for_their_owner_only(asterisk: AsteriskHome) -> None:
    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(asterisk.home / "secrets") == 0o700
    assert mode(asterisk.home / "secrets" / "asterisk.json") == 0o600
    assert mode(asterisk.folder) == 0o700
    for path in (asterisk.folder / "etc").iterdir():
        assert mode(path) == 0o600, path
    assert asterisk.ari_password != asterisk.ami_password
    assert len(asterisk.ari_password) >= 32


@pytest.mark.asterisk
def test_passwords_stay_the_same_and_a_removed_template_leaves_nothing(tmp_path: Path, prefix: Path) -> None:
    first = AsteriskHome(AsteriskSettings(), tmp_path, prefix)
    fingerprint = first.render()
    stale = first.folder / "etc" / "old.conf"
    stale.write_text("; from an earlier version\n")
    (first.folder / "local" / "extensions.conf").write_text("; the site's own\n")
    again = AsteriskHome(AsteriskSettings(), tmp_path, prefix)
    assert again.render() == fingerprint
    assert again.ari_password == first.ari_password
    assert not stale.exists()
    assert (first.folder / "local" / "extensions.conf").exists()
    assert AsteriskHome(AsteriskSettings(max_calls=7), tmp_path, prefix).render() != fingerprint


@pytest.mark.asterisk
def test_a_sites_own_recording_replaces_the_announcement(tmp_path: Path, prefix: Path) -> None:
    home = AsteriskHome(AsteriskSettings(), tmp_path, prefix)
    home.render()
    own = home.folder / "local" / "please-call-later-en.wav"
    own.write_bytes(b"RIFF")
    home.render()
    assert f"LATER_EN = {own.with_suffix('')}" in (home.folder / "etc" / "extensions.conf").read_text()


@pytest.mark.asterisk
@pytest.mark.parametrize(
    ("folder", "words"),
    [("a;b", "gives ';' a meaning"), ("x" * 120, "longer than the 107 bytes")],
)
def test_folder_that_asterisk_could_not_use_is_refused(
    tmp_path: Path, prefix: Path, folder: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        AsteriskHome(AsteriskSettings(), tmp_path / folder, prefix).render()


def test_missing_prefix_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make setup"):
        AsteriskHome(AsteriskSettings(), tmp_path, tmp_path / "nothing").render()


@pytest.mark.asterisk
def test_damaged_secrets_name_the_remedy(tmp_path: Path, prefix: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "asterisk.json").write_text("{")
    with pytest.raises(ConfigError, match="Delete it"):
        AsteriskHome(AsteriskSettings(), tmp_path, prefix).render()


def test_no_password_stands_in_a_template() -> None:
    for path in templates().glob("*.conf"):
        for line in re.findall(r"(?m)^(?:password|secret)\s*=\s*(.*)$", path.read_text()):
            assert line.startswith("@{"), f"{path.name}: {line}"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"control_address": "0.0.0.0"}, "not a loopback address"),
        ({"sip_port": 8088}, "must differ"),
        ({"rtp_start": 20000, "rtp_end": 20001}, "no room for a call"),
        ({"trunks": [{"name": "a"}]}, "never be recognised"),
        ({"trunks": [{"name": "a", "addresses": ["1.2.3.4"]}] * 2}, "two trunks"),
        ({"trunks": [{"name": "a", "addresses": ["1.2.3.4\n[x]"]}]}, "one word"),
        ({"bind_address": "localhost"}, "not an IP address"),
        ({"local_nets": ["lan"]}, "not a network"),
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        AsteriskSettings.model_validate(settings)


@pytest.mark.parametrize(
    ("addresses", "first"), [(("127.0.0.1",), True), (("203.0.113.7",), False), (("sip.example.com",), False)]
)
def test_phones_come_first_only_where_a_trunk_is_on_this_machine(
    addresses: tuple[str, ...], first: bool
) -> None:
    settings = AsteriskSettings(trunks=(Trunk(name="t", addresses=addresses),))
    assert settings.usernames_first() is first
