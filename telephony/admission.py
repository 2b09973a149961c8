"""What the dialplan says over AMI when it refuses a caller because too many are on (extensions.conf)."""

from __future__ import annotations

from typing import Final

USER_EVENT: Final = "UserEvent"
"""AMI's name of the event, and of the header that says which one it is."""
CALLERS_FULL: Final = "CallersFull"
