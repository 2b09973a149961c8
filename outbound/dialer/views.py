"""Campaigns and their calls as programs and people see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from outbound.dialer.run import Run
    from outbound.dialer.service import Campaigns


class CampaignView(msgspec.Struct, frozen=True):
    """One campaign now.  Times in Unix seconds."""

    campaign: str
    state: str
    """running, paused, draining, stopped."""
    since: float
    why: str
    """What keeps a running campaign from dialling; empty when nothing does."""
    mode: str
    queue: str
    list: str
    agents: int
    """Those it reckons with: idle, talking or wrapping up."""
    idle: int
    ringing: int
    waiting: int
    """Answered, with no agent yet."""
    at_hand: int
    """Leads that were judged and may be dialled next."""
    next_due: float | None
    """When the next lead of the list may be called, where none may be now."""
    answers: int
    """Live, today."""
    drops: int
    drop_rate: float
    drop_cap: float
    spent: bool
    """One more drop would pass the cap: nearly progressive until it would not."""
    outcomes: dict[str, int]
    """Outcome → attempts of today."""


class AnswersView(msgspec.Struct, frozen=True):
    """Whether the answer model of a campaign is to be believed, by its latest outcomes."""

    campaign: str
    learnt: int
    """Outcomes in all."""
    judged: int
    """The latest of them, of which the rest is."""
    ece: float | None
    """Expected calibration error; None while nothing was judged."""
    ece_of_luck: float | None
    """What it would be of a right model, by luck."""
    auc: float | None
    """None while all or nobody answered."""
    table: list[AnswersRow]


class AnswersRow(msgspec.Struct, frozen=True):
    """Attempts whose probability was said to be about this."""

    said: float
    observed: float
    count: int


class ScreenView(msgspec.Struct, frozen=True):
    """What an agent sees of somebody whom a campaign calls.  Personal, but for campaign and script."""

    call: str
    campaign: str
    script: str
    number: str
    name: str
    language: str
    attempts: int
    """Those before."""
    last_outcome: str
    best_hour: int | None
    """When they are likeliest to answer on what is left of their day, by their clock; for a callback."""
    more: dict[str, str]
    """Other columns of the list."""


def campaign_view(service: Campaigns, run: Run) -> CampaignView:
    """Show a campaign."""
    floor, budget = run.floor, run.budget
    state = service.state(run.name)
    return CampaignView(
        campaign=run.name,
        state=state,
        since=service.attempts.state.since.get(run.name, 0.0),
        why=service.why_idle(run) if state == "running" else "",
        mode=run.definition.mode,
        queue=run.definition.queue,
        list=run.definition.list,
        agents=floor.staff if floor else 0,
        idle=floor.idle if floor else 0,
        ringing=sum(1 for each in service.attempts.on(run.name) if not each.answered_at),
        waiting=floor.waiting if floor else 0,
        at_hand=len(run.hopper),
        next_due=run.next_due,
        answers=budget.answers,
        drops=budget.drops,
        drop_rate=round(budget.drops / budget.answers, 4) if budget.answers else 0.0,
        drop_cap=budget.cap,
        spent=budget.spent,
        outcomes=dict(sorted(run.outcomes.items())),
    )


def answers_view(run: Run) -> AnswersView:
    """Show a campaign's answer model."""
    calibration = run.chances.calibration
    rows = calibration.table() if len(calibration) else []
    both = len(set(calibration.outcomes())) > 1
    return AnswersView(
        campaign=run.name,
        learnt=run.chances.learnt,
        judged=len(calibration),
        ece=round(calibration.ece(), 4) if rows else None,
        ece_of_luck=round(calibration.ece_of_luck(), 4) if rows else None,
        auc=round(calibration.auc(), 4) if both else None,
        table=[AnswersRow(round(row.said, 4), round(row.observed, 4), row.count) for row in rows],
    )
