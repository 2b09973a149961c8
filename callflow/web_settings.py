"""Settings of the servers that steps may talk to: addresses and credentials never stand in a dialplan."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr
from yarl import URL


def _base(value: str) -> str:
    try:
        url = URL(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an address such as https://crm.example/api/") from None
    if url.scheme not in {"http", "https"} or not url.host or url.user or url.query_string or url.fragment:
        raise ValueError(f"{value!r} is not an address such as https://crm.example/api/")
    return value


class WebServer(BaseModel):
    """A server that steps may talk to, with every address that begins with ``url``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_base)]
    """Scheme, host, port and the begin of the path."""
    headers: dict[str, SecretStr] = {}
    """Sent with each request: an API key, or ``Authorization``."""
    signing_secret: SecretStr | None = None
    """Key with which messages to it are signed (docs/webhooks.md); None: they are not signed."""
    events: bool = False
    """Whether it may be told of the log's events: tokens of other systems choose any address of it then."""

    def covers(self, url: URL) -> bool:
        """Tell whether an address is one of this server's."""
        base = URL(self.url)
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) or url.user:
            return False
        path, below = url.path, base.path.rstrip("/")
        return ".." not in path.split("/") and (path == below or path.startswith(f"{below}/"))


class WebSettings(BaseModel):
    """What steps may ask and post to; nothing, as long as no server is named."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    servers: tuple[WebServer, ...] = ()
    connections: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Connections at the same time, over all servers."""

    def server_of(self, url: URL) -> WebServer | None:
        """Give the server that an address belongs to: the longest that fits; None when it is not allowed."""
        fitting = [server for server in self.servers if server.covers(url)]
        return max(fitting, key=lambda server: len(server.url), default=None)
