"""What can go wrong when Asterisk is asked for something."""

from __future__ import annotations


class AriError(Exception):
    """Asterisk refused a request, or it never got there.

    ``uri`` is the request's path without its query, which may hold personal values.
    """

    def __init__(self, status: int, message: str, method: str = "", uri: str = "") -> None:
        self.status = status
        """HTTP status; 0 when no answer came."""
        self.message = message
        self.method = method
        self.uri = uri
        what = f"{method} {uri}: " if method else ""
        super().__init__(f"{what}{status} {message}" if status else f"{what}{message}")


class AriNotFound(AriError):  # noqa: N818 - named for what happened
    """404: the channel, bridge, playback … does not exist (any more)."""


class AriConflict(AriError):  # noqa: N818
    """409, 412, 422: it exists, but is not in a state for this (not in Stasis, already there …)."""


class AriTimeout(AriError):  # noqa: N818
    """No answer in time; Asterisk may still carry the request out."""


class AriDisconnected(AriError):  # noqa: N818
    """There is no connection, or it broke before the answer; Asterisk may have carried the request out."""


class AriOverloaded(AriError):  # noqa: N818
    """Too many requests wait for an answer, or one is too large; nothing was sent."""


class ApplicationTaken(Exception):  # noqa: N818
    """Another controller connected under our application's name; this client has stopped for good."""

    def __init__(self, app: str) -> None:
        super().__init__(
            f"another controller took the Stasis application '{app}' over; stop one of the two, "
            "or give this one another application name"
        )
        self.app = app


def error_for(status: int, message: str, method: str, uri: str) -> AriError:
    """Give the error that fits an HTTP status."""
    if status == 404 or (status == 400 and message == "Channel not found"):  # of bridges, it says 400
        return AriNotFound(status, message, method, uri)
    if status in (409, 412, 422):
        return AriConflict(status, message, method, uri)
    return AriError(status, message, method, uri)
