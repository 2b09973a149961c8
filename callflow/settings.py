"""Settings: everything has a default; the environment (``RINGHALL_…``) wins over the file ``ringhall.toml``.

The file is ``RINGHALL_SETTINGS``, or ``ringhall.toml`` in the home folder.  In the environment two
underscores separate levels (``RINGHALL_ASTERISK__SIP_PORT=5070``) and lists are JSON.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, SecretStr, StringConstraints, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as _Unreadable,
)

from callflow.call_recording.settings import RecordingSettings
from callflow.reporting.settings import MetricsSettings
from callflow.web_settings import WebSettings
from telephony.asterisk.home import AsteriskHome
from telephony.asterisk.media_ways import MediaTransport  # noqa: TC001 - pydantic reads it at run time
from telephony.asterisk.settings import Address, AsteriskSettings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_PREFIX = "RINGHALL_"
_FILE = "RINGHALL_SETTINGS"
_PACKAGES = Path(__file__).resolve().parent.parent
_CHECKOUT = (_PACKAGES / "asterisk-config").is_dir()
_ROOT = _PACKAGES if _CHECKOUT else Path.cwd()

Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class SettingsError(Exception):
    """A setting is wrong; the message names it, where it was set, and the remedy."""


class Settings(BaseSettings):
    """What an installation may say about itself."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    home: Path = _ROOT / "var"
    """Folder of everything that this installation writes."""
    prefix: Path = _ROOT / ".prefix"
    """Where Asterisk and the speech and test programs were unpacked."""
    site: Label = "main"
    """Name of the installation, in every event."""
    node: Label = "node-1"
    """Name of this controller, in every event."""
    dialplans: Path = _PACKAGES / "dialplans" if _CHECKOUT else _PACKAGES / "ivr" / "dialplans"
    """Folder of the site's YAML files."""
    watch_dialplans: bool = True
    """Put saved files live by themselves; otherwise ``ringhall reload`` does."""
    database_url: SecretStr | None = None
    """SQLAlchemy address; None: SQLite in the home folder."""
    api_host: Address = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """0 takes any free port."""
    api_requests_per_s: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Requests of one token, on average; twice as many at once."""
    asterisk: AsteriskSettings = AsteriskSettings()
    media_transport: MediaTransport = "websocket"
    """How sound comes from Asterisk to listeners: ``websocket`` or ``rtp``."""
    web: WebSettings = WebSettings()
    """Servers that steps of the dialplans may talk to."""
    metrics: MetricsSettings = MetricsSettings()
    """How the metrics are counted, and the site's targets."""
    queue_log: bool = True
    """Write ``log/queue_log`` in the home folder, in Asterisk's format."""
    recordings: RecordingSettings = RecordingSettings()
    """Where recordings of calls are kept."""
    ari_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/]+(/.*)?$")] | None = None
    """Base address of a foreign Asterisk's ARI (``http://HOST:PORT/ari``); None: ours is started."""
    ari_user: str | None = None
    ari_password: SecretStr | None = None

    @field_validator("home", "prefix", "dialplans")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @model_validator(mode="after")
    def _credentials(self) -> Self:
        if self.ari_url is not None and (self.ari_user is None or self.ari_password is None):
            raise ValueError("ari_url needs ari_user and ari_password of that Asterisk")
        return self

    @property
    def database(self) -> str:
        """The database's SQLAlchemy address."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.home / 'ringhall.db'}"

    @property
    def control_socket(self) -> Path:
        """The UNIX socket on which the controller answers the command line and the parent."""
        return self.home / "control.sock"

    @cached_property
    def asterisk_home(self) -> AsteriskHome:
        """Our own Asterisk's folder; of no use with an ``ari_url``."""
        return AsteriskHome(self.asterisk, self.home, self.prefix)

    def ari(self) -> tuple[str, str, str]:
        """Give ARI's base address, user and password, of our own Asterisk or the foreign one."""
        if self.ari_url is not None and self.ari_user is not None and self.ari_password is not None:
            return self.ari_url.rstrip("/"), self.ari_user, self.ari_password.get_secret_value()
        own = self.asterisk_home
        return own.ari_url, own.control_user, own.ari_password

    def ami(self) -> tuple[str, int, str, str] | None:
        """Give AMI's host, port, user and password; None with a foreign Asterisk."""
        if self.ari_url is not None:
            return None
        own = self.asterisk_home
        return self.asterisk.control_address, self.asterisk.ami_port, own.control_user, own.ami_password

    @classmethod
    def settings_customise_sources(  # noqa: D102 - pydantic's own hook
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = settings_file()
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def settings_file() -> Path | None:
    """Give the settings file that is read, None when there is none.

    Raises :class:`SettingsError` when ``RINGHALL_SETTINGS`` names one that is not there.
    """
    if named := os.environ.get(_FILE):
        path = Path(named).expanduser()
        if not path.is_file():
            raise SettingsError(f"{_FILE}: there is no file {path}. Correct the variable, or unset it.")
        return path
    home = os.environ.get("RINGHALL_HOME")
    path = (Path(home).expanduser() if home else _ROOT / "var") / "ringhall.toml"
    return path if path.is_file() else None


def load_settings() -> Settings:
    """Read the settings.  Raises :class:`SettingsError` with every mistake in a line of its own."""
    _check_variables()
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(problem) for problem in error.errors())) from error
    except _Unreadable as error:
        raise SettingsError(f"{error}. Lists and tables in the environment are written as JSON.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{settings_file()}: {error}. Correct the file's TOML.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{settings_file()}: can't be read: {error}.") from error


def _check_variables() -> None:
    """Refuse a variable that is nearly a setting's name: a typing mistake must not pass silently."""
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {_FILE}
    for variable in os.environ:
        top = variable.upper().split("__")[0]
        if (
            top.startswith(_PREFIX)
            and top not in known
            and (near := difflib.get_close_matches(top, known, 1, 0.85))
        ):
            raise SettingsError(f"{variable}: there is no such setting. Did you mean {near[0]}?")


def _explain(problem: ErrorDetails) -> str:
    """Turn one of pydantic's findings into place, what is wrong, and remedy."""
    location = [str(part) for part in problem["loc"]]
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "there is no such setting"
        if near := difflib.get_close_matches(location[-1], _names(location[:-1]), 1):
            message += f"; did you mean {near[0]!r}?"
    elif problem["type"] not in {"value_error", "missing"} and location:
        message += f", not {problem['input']!r}" if "secret" not in location[-1] else ""
    return f"{_place(location)}: {message}"


def _place(location: list[str]) -> str:
    """Name a setting the way its owner wrote it: as a variable, or as a place in the file."""
    for depth in range(len(location), 0, -1):
        variable = _PREFIX + "__".join(location[:depth]).upper()
        if variable in {name.upper() for name in os.environ}:
            return variable if depth == len(location) else f"{variable} ({'.'.join(location[depth:])})"
    where = settings_file() or "settings"
    return f"{where}: {'.'.join(location)}" if location else str(where)


def _names(location: list[str]) -> list[str]:
    """Give the settings that exist at a place; empty inside lists."""
    if not location:
        return list(Settings.model_fields)
    return list(AsteriskSettings.model_fields) if location == ["asterisk"] else []
