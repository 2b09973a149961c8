"""Settings of the metrics: which variant is reported, and what the site sets itself as targets."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from records.folds.metrics.variants import Targets, Variant, parse_level, parse_seconds

Ratio = Annotated[float, Field(ge=0, le=1)]


def _level(text: str) -> str:
    parse_level(text)
    return text


def _seconds(text: str) -> str:
    parse_seconds(text)
    return text


class TargetSettings(BaseModel):
    """What the site sets itself.  Ratios are from 0 to 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asa: Annotated[float, Field(gt=0)] = 30.0
    """Seconds until the phone is answered, on average."""
    answer_rate: Ratio = 0.95
    """Calls answered by an agent, at least; also in the busiest interval."""
    idle: Ratio = 0.12
    """Ready time, at most."""
    csat: Annotated[float, Field(ge=1, le=5)] = 4.2
    fcr: Ratio = 0.85
    repeat_contact: Ratio = 0.10


class MetricsSettings(BaseModel):
    """How the metrics are counted and against what they are held."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_level: Annotated[str, AfterValidator(_level)] = "80/20"
    """Percent / seconds."""
    short_abandon: Annotated[str, AfterValidator(_seconds)] = "5s"
    """Who hangs up sooner is a short abandon, and apart."""
    targets: TargetSettings = TargetSettings()

    def variant(self) -> Variant:
        """Give the variant that is reported unless another is asked for."""
        percent, within_s = parse_level(self.service_level)
        return Variant(percent, within_s, parse_seconds(self.short_abandon))

    def wanted(self) -> Targets:
        """Give the targets."""
        return Targets(**self.targets.model_dump())
