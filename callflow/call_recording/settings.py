"""Settings of the recordings: where they lie, and what must stay free there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator


class RecordingSettings(BaseModel):
    """Where recordings of calls are kept, and how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    """Asterisk writes there too.  None: ``call-recordings`` in the home folder."""
    least_free_mb: Annotated[float, Field(ge=0)] = 1000.0
    """MB (10⁶ bytes) that stay free on the folder's disk: below, nothing is recorded any more."""
    keep_days: Annotated[int, Field(ge=0, le=36_500)] = 90
    """How long recordings are kept when the queue's rule does not say; 0: until somebody deletes them."""

    @field_validator("folder")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    def folder_in(self, home: Path) -> Path:
        """Give the folder of an installation."""
        return self.folder or home / "call-recordings"
