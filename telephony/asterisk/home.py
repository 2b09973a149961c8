"""Asterisk's folder: its configuration rendered from ``asterisk-config/``, its secrets, its announcements.

Layout below the installation's home: ``asterisk/etc`` (rendered at each start, never edited by hand),
``asterisk/local`` (a site's own additions, read last, never touched), ``asterisk/{db,lib,log,run,spool}``,
``secrets/asterisk.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import resource
import secrets
import subprocess
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from telephony.admission import USER_EVENT
from telephony.asterisk.phone_watch import PEER_STATUS
from telephony.asterisk.process import LONGEST_SOCKET_PATH, AsteriskProcess
from telephony.asterisk.settings import AsteriskSettings, GatewayLogin, Registration, Trunk
from telephony.asterisk.trunk_states import REGISTRY
from telephony.security import NOTICED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["AsteriskHome", "AsteriskSettings", "ConfigError", "GatewayLogin", "Registration", "Trunk"]

_PACKAGE = Path(__file__).resolve().parent.parent  # telephony/
_FRAGMENTS = frozenset(
    {"pjsip_trunk.conf", "pjsip_identify.conf", "pjsip_registration.conf", "pjsip_gateway.conf"}
)
_FOLDERS = (
    "alone",
    "cache",
    "db",
    "etc",
    "lib/agi-bin",
    "lib/keys",
    "local",
    "log",
    "run",
    "sounds",
    "spool/recording",
)
# espeak-ng misreads hanzi, so Mandarin is given in pinyin
_ANNOUNCEMENTS = {
    "please-call-later": {  # 很抱歉,现在无法接听您的电话。请稍后再拨。
        "en": ("en-us", "We are sorry. Nobody can take your call at the moment. Please call later."),
        "zh": (
            "cmn-latn-pinyin",
            "hen3 bao4qian4, xian4zai4 wu2fa3 jie1ting1 nin2 de5 dian4hua4. qing3 shao1hou4 zai4 bo1.",
        ),
    },
    "all-lines-busy": {  # 很抱歉,所有线路正忙。请稍后再拨。
        "en": ("en-us", "We are sorry. All our lines are busy. Please call later."),
        "zh": (
            "cmn-latn-pinyin",
            "hen3 bao4qian4, suo3you3 xian4lu4 zheng4 mang2. qing3 shao1hou4 zai4 bo1.",
        ),
    },
}


class ConfigError(Exception):
    """Asterisk's configuration can't be made; the message says what, where and how to mend it."""


def templates() -> Path:
    """Give the folder of Asterisk's configuration templates, in a checkout or an installed package."""
    checkout = _PACKAGE.parent / "asterisk-config"
    return checkout if checkout.is_dir() else _PACKAGE / "asterisk_config"


class AsteriskHome:
    """Asterisk's folder in the installation ``home``, run from the private ``prefix``."""

    control_user: Final = "ringhall"
    """Name under which the controller logs in to ARI and AMI."""

    def __init__(self, settings: AsteriskSettings, home: Path, prefix: Path) -> None:
        self.settings = settings
        self.home = home.absolute()
        self.folder = self.home / "asterisk"
        self.prefix = prefix.absolute()
        self.process = AsteriskProcess(self.prefix / "bin-run" / "asterisk", self.folder)

    @property
    def secrets_file(self) -> Path:
        """Where the passwords are kept."""
        return self.home / "secrets" / "asterisk.json"

    @property
    def ari_url(self) -> str:
        """Base address of ARI, ``http://HOST:PORT/ari``."""
        return f"http://{self.settings.control_address}:{self.settings.http_port}/ari"

    @property
    def ari_password(self) -> str:
        """ARI's password."""
        return self._secrets["ari_password"]

    @property
    def ami_password(self) -> str:
        """AMI's password."""
        return self._secrets["ami_password"]

    def render(self) -> str:
        """Write the configuration and everything that it names; return a fingerprint of it.

        Raises :class:`ConfigError`.
        """
        self._check()
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            for name in _FOLDERS:
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            files = self._files()
            for name, text in files.items():
                _write_private(self.folder / "etc" / name, text)
            for path in (self.folder / "etc").glob("*.conf"):
                if path.name not in files:
                    path.unlink()
        except OSError as error:
            raise ConfigError(
                f"{error.filename}: {error.strerror}."
                " Choose a folder that you may write to with RINGHALL_HOME."
            ) from error
        digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode())
        return digest.hexdigest()[:16]

    def _check(self) -> None:
        if not (self.prefix / ".complete").is_file():
            raise ConfigError(
                f"there is no Asterisk in {self.prefix}. Run `make setup` in the checkout, or set"
                " RINGHALL_PREFIX to where it was unpacked, or RINGHALL_ARI_URL to another Asterisk."
            )
        for path in (self.home, self.prefix):
            if wrong := re.search(r"[;,\[\]()&|$\"'\\\x00-\x1f]", str(path)):
                raise ConfigError(
                    f"the folder {path} can't be used: Asterisk's configuration gives {wrong[0]!r} a meaning."
                    " Choose another with RINGHALL_HOME or RINGHALL_PREFIX."
                )
        socket_path = str(self.process.control_socket)
        if len(socket_path.encode()) > LONGEST_SOCKET_PATH:
            raise ConfigError(
                f"the path {socket_path} is longer than the {LONGEST_SOCKET_PATH} bytes that a control socket"
                " may have. Choose a shorter folder with RINGHALL_HOME."
            )

    @cached_property
    def _secrets(self) -> dict[str, str]:
        path = self.secrets_file
        try:
            known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            known = {}
        except ValueError as error:
            raise ConfigError(
                f"{path} is damaged ({error}). Delete it: new passwords are made at the next start."
            ) from error
        wanted = ("ari_password", "ami_password")
        if missing := {name: secrets.token_urlsafe(24) for name in wanted if name not in known}:
            known |= missing
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.parent.chmod(0o700)
            _write_private(path, json.dumps(known, indent=2) + "\n")
        return known

    def _files(self) -> dict[str, str]:
        settings = self.settings
        order = ["username", "ip"] if settings.usernames_first() else ["ip", "username"]
        if any(trunk.gateway for trunk in settings.trunks):
            order.append("auth_username")
        host = f"[{settings.bind_address}]" if ":" in settings.bind_address else settings.bind_address
        values = {
            "home": str(self.folder),
            "prefix": str(self.prefix),
            "triplet": f"{platform.machine()}-linux-gnu",
            "max_calls": str(settings.max_calls),
            "max_callers": str(settings.most_callers),
            "when_full": settings.when_full,
            "max_files": str(_open_files()),
            "control_address": settings.control_address,
            "http_port": str(settings.http_port),
            "ami_port": str(settings.ami_port),
            "ari_user": self.control_user,
            "ari_password": self.ari_password,
            "ami_user": self.control_user,
            "ami_password": self.ami_password,
            "ami_events": "\n".join(
                f"eventfilter(name({name})) ="
                for name in sorted({PEER_STATUS, REGISTRY, USER_EVENT, *NOTICED})
            ),
            "rtp_start": str(settings.rtp_start),
            "rtp_end": str(settings.rtp_end),
            "bind": f"{host}:{settings.sip_port}",
            "nat": self._nat(),
            "identifier_order": ",".join(order),
            **{
                f"{variable}_{language}": str(self._announcement(name, language))
                for variable, name in (("later", "please-call-later"), ("full", "all-lines-busy"))
                for language in _ANNOUNCEMENTS[name]
            },
        }
        source = templates()
        files = {
            path.name: _fill(path, values)
            for path in sorted(source.glob("*.conf"))
            if path.name not in _FRAGMENTS
        }
        files["pjsip_trunks.conf"] = "\n".join(
            part for trunk in settings.trunks for part in _trunk(source, trunk)
        )
        header = f"; Written at each start from {source}: put changes of your own into {self.folder}/local.\n"
        added = {
            path.name: f"#include ../local/{path.name}\n"
            for path in sorted((self.folder / "local").glob("*.conf"))
            if path.name not in files  # a module's that the site loads; the others name their addition
        }
        return {name: header + text for name, text in (files | added).items()}

    def _nat(self) -> str:
        address = self.settings.external_address
        if address is None:
            return ""
        lines = [f"external_media_address = {address}", f"external_signaling_address = {address}"]
        lines += [f"local_net = {network}" for network in self.settings.local_nets]
        return "\n".join(lines) + "\n"

    def _announcement(self, what: str, language: str) -> Path:
        """Give what a caller hears when no controller answers, or too many call, as a path without extension.

        A site's own recording ``local/WHAT-LANGUAGE.wav`` wins over the synthesised one.
        """
        name = f"{what}-{language}"
        own = self.folder / "local" / f"{name}.wav"
        if own.exists():
            return own.with_suffix("")
        voice, text = _ANNOUNCEMENTS[what][language]
        key = hashlib.sha256(f"{voice} {text}".encode()).hexdigest()[:8]
        sound = self.folder / "sounds" / f"{name}-{key}.wav"
        if not sound.exists():
            self._speak(voice, text, sound)
        return sound.with_suffix("")

    def _speak(self, voice: str, text: str, sound: Path) -> None:
        spoken, partial = sound.with_suffix(".spoken.wav"), sound.with_suffix(".partial.wav")
        programs = self.prefix / "bin-run"
        commands: Iterable[list[str | Path]] = (
            [programs / "espeak-ng", "-v", voice, "-s", "150", "-w", spoken, text],
            [programs / "sox", spoken, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer", partial],
        )
        for command in commands:
            done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)  # noqa: S603
            if done.returncode:
                raise ConfigError(
                    f"the announcement {sound.name} can't be made: {Path(command[0]).name} says"
                    f" {done.stderr.strip()!r}. Run `asterisk-config/install --force`."
                )
        partial.rename(sound)
        spoken.unlink()


def _open_files() -> int:
    """How many files Asterisk may have open: four a call with its sound, as far as the system allows."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 65536 if allowed == resource.RLIM_INFINITY else min(allowed, 65536)


def _trunk(source: Path, trunk: Trunk) -> Iterable[str]:
    """Give the sections of one trunk."""
    ways = ["ip"]
    identified = []
    if trunk.gateway is not None:
        # It may call with any number in From, so it is known by the name in its credentials as well.
        ways = ["username", "auth_username", "ip"]
        identified = [f"auth = {trunk.name}-gateway", "rewrite_contact = yes"]
    server = trunk.server or (trunk.registration.server if trunk.registration else "")
    contacts = f"contact = sip:{server}\\;transport={trunk.transport}" if server else ""
    if trunk.gateway:
        contacts = f"max_contacts = 1\nremove_existing = yes\nqualify_frequency = {trunk.qualify_s or 30}"
    elif server and trunk.qualify_s:
        contacts += f"\nqualify_frequency = {trunk.qualify_s}"
    if trunk.registration is not None:
        identified.append(f"outbound_auth = {trunk.name}-auth")
    values = {
        "name": trunk.name,
        "transport": trunk.transport,
        "codecs": ",".join(trunk.codecs),
        # Without this whoever writes the trunk's name into From would pass as the trunk.
        "identified": "\n".join([f"identify_by = {','.join(ways)}", *identified]),
        "contacts": contacts,
        "matches": "\n".join(f"match = {address}" for address in trunk.addresses),
    }
    yield _fill(source / "pjsip_trunk.conf", values)
    if trunk.addresses:
        yield _fill(source / "pjsip_identify.conf", values)
    if trunk.gateway is not None:
        secret = {"secret": trunk.gateway.secret.get_secret_value()}
        yield _fill(source / "pjsip_gateway.conf", values | secret)
    if trunk.registration is not None:
        register = {
            "server": trunk.registration.server,
            "host": trunk.registration.server.rpartition(":")[0] or trunk.registration.server,
            "username": trunk.registration.username,
            "secret": trunk.registration.secret.get_secret_value(),
            "expires": str(trunk.registration.expires_s),
        }
        yield _fill(source / "pjsip_registration.conf", values | register)


def _fill(template: Path, values: Mapping[str, str]) -> str:
    """Put values into a template's ``@{name}`` places; Asterisk's own ``${name}`` stay."""

    def value(place: re.Match[str]) -> str:
        try:
            return values[place[1]]
        except KeyError:
            raise ConfigError(f"{template}: there is no value named {place[0]}") from None

    return re.sub(r"@\{([a-z_]+)\}", value, template.read_text(encoding="utf-8"))


def _write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read, whole or not at all."""
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.rename(path)
