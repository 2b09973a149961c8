"""A call's curve as an SVG, for ``ringhall explain CALL --emotion``.  Pure.

Okabe and Ito's colours, which those who see few colours tell apart; lines and bands have their names beside
them.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from emotion.live.phases import Span, rises, story
from emotion.overlap import NAMES as OVERLAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from emotion.live.phases import Story
    from records.events import Recorded

_WIDTH, _LEFT, _RIGHT = 1000, 92, 24
_PLOT = _WIDTH - _LEFT - _RIGHT
_PHASES_Y, _STRIP = 62, 24
_ANGER_Y, _ANGER_H = 106, 150
_AROUSAL_Y, _AROUSAL_H = 296, 110
_SIGNALS_Y = 426
_AXIS_Y = _SIGNALS_Y + _STRIP + 6
_HEIGHT = _AXIS_Y + 74
_LETTER = 6.6
"""Width of a letter of the labels, px."""
_BANDS = {"calm": "#cfe3f2", "raised": "#f6e3a1", "angry": "#f0b08c", "distressed": "#d9b7d0"}
_PHASES = {"menu": "#e9edf1", "wait": "#dde4ea", "talk": "#c9d5de"}
_OVERLAPS = {
    1.0: ("broke-in", ": the caller broke in"),
    -1.0: ("broken-in-on", ": the caller was broken in on"),
    0.0: ("overlap", ""),
}
_STYLE = """
text { font: 12px "Noto Sans", "DejaVu Sans", Arial, sans-serif; fill: #1d2733 }
.head { font-size: 15px; font-weight: 600 }
.small { font-size: 11px; fill: #4a5866 }
.grid { stroke: #d5dde4; stroke-width: 1 }
.edge { stroke: #7b8a97; stroke-width: 1; fill: none }
.anger { fill: none; stroke: #d55e00; stroke-width: 2.4; stroke-linejoin: round }
.arousal { fill: none; stroke: #0072b2; stroke-width: 2; stroke-dasharray: 6 3; stroke-linejoin: round }
.anger-dot { fill: #d55e00 }
.arousal-dot { fill: #0072b2 }
.rise { fill: #1d2733 }
.overlap { fill: #7b8a97; stroke: #7b8a97 }
.broke-in { fill: #1d2733; stroke: #1d2733 }
.broken-in-on { fill: #ffffff; stroke: #1d2733 }
.alarm { stroke: #1d2733; stroke-width: 1.4; stroke-dasharray: 2 3 }
"""
_STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def picture(call: str, events: Sequence[Recorded], curves: Mapping[str, list[float]], now: float) -> str:
    """Draw a call.  Raises ValueError, whose text is for people, where there is nothing to draw."""
    told = story(events, now)
    if told is None:
        raise ValueError("the call was never answered")
    if not curves.get("at_s"):
        raise ValueError("no curve is kept of it: nobody listened, it is on still, or its time is over")
    return "\n".join(
        [
            *_head(call, told),
            *_overlaps(told, curves),
            *_anger(told, curves),
            *_arousal(told, curves),
            *_foot(told),
            "</svg>",
            "",
        ]
    )


def _head(call: str, told: Story) -> Iterator[str]:
    title = f"How the caller of call {call} sounded"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
    )
    yield f"<title>{escape(title)}</title>"
    yield f"<style>{_STYLE}</style>"
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    yield _text(24, 28, title, "head")
    yield _text(
        24, 46, "A hint from the voice, never a verdict on a person. Gaps: nothing could be told.", "small"
    )
    yield _text(_LEFT - 8, _PHASES_Y + 16, "phase", anchor="end")
    for phase in told.phases:
        yield from _band(phase, told, _PHASES_Y, _PHASES[phase.what.split()[0].rstrip(":")])


def _overlaps(told: Story, curves: Mapping[str, list[float]]) -> Iterator[str]:
    """Mark where both spoke, below the phases."""
    if not curves.get("overlap_at_s"):
        return
    top = _PHASES_Y + _STRIP + 4
    yield _text(_LEFT - 8, top + 7, "both speak", "small", "end")
    for place, kind, words in (
        (470, "broke-in", "the caller broke in"),
        (620, "broken-in-on", "was broken in on"),
    ):
        yield f'<rect class="{kind}" x="{_LEFT + place}" y="{_HEIGHT - 19}" width="14" height="6"/>'
        yield _text(_LEFT + place + 20, _HEIGHT - 12, words, "small")
    for at, seconds, by in zip(*(curves[name] for name in OVERLAPS), strict=True):
        kind, who = _OVERLAPS[by]
        left = _x(at, told)
        width = max(_x(at + seconds, told) - left, 1.0)
        yield (
            f'<rect class="{kind}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="6">'
            f"<title>both speak for {seconds:.1f} s{who}</title></rect>"
        )


def _anger(told: Story, curves: Mapping[str, list[float]]) -> Iterator[str]:
    def y(value: float) -> float:
        return _ANGER_Y + _ANGER_H * (1 - value)

    yield from _panel(_ANGER_Y, _ANGER_H, ("anger", "(probability)"), {"0": y(0), "0.5": y(0.5), "1": y(1)})
    yield from _line("anger", told, curves, curves["anger"], y)
    confidence = curves["confidence"]
    for at in rises(curves["at_s"], curves["anger"], lambda place: confidence[place] > 0):
        x = _x(at, told)
        yield f'<path class="rise" d="M{x:.1f} {_ANGER_Y + _ANGER_H + 3} l4 8 h-8 z"/>'
    for at in told.alarms:
        x = _x(at, told)
        yield f'<path class="alarm" d="M{x:.1f} {_ANGER_Y} V{_SIGNALS_Y + _STRIP}"/>'
        side = "end" if x > _WIDTH - 120 else "start"
        yield _text(x + (-4 if side == "end" else 4), _ANGER_Y + 14, "alarm", anchor=side)


def _arousal(told: Story, curves: Mapping[str, list[float]]) -> Iterator[str]:
    def y(value: float) -> float:
        return _AROUSAL_Y + _AROUSAL_H * (3 - max(-3.0, min(3.0, value))) / 6

    ticks = {"−3": y(-3), "0": y(0), "+3": y(3)}
    yield from _panel(_AROUSAL_Y, _AROUSAL_H, ("arousal", "(own sd)"), ticks)
    yield from _line("arousal", told, curves, curves["arousal"], y)


def _foot(told: Story) -> Iterator[str]:
    yield _text(_LEFT - 8, _SIGNALS_Y + 16, "signal", anchor="end")
    for signal in told.signals:
        yield from _band(signal, told, _SIGNALS_Y, _BANDS.get(signal.what, "#eeeeee"))
    yield f'<path class="edge" d="M{_LEFT} {_AXIS_Y} h{_PLOT}"/>'
    step = next((one for one in _STEPS_S if told.length_s / one <= 10), _STEPS_S[-1])
    for at in range(0, int(told.length_s) + 1, step):
        x = _x(at, told)
        yield f'<path class="edge" d="M{x:.1f} {_AXIS_Y} v5"/>'
        yield _text(x, _AXIS_Y + 19, f"{at // 60}:{at % 60:02d}", "small", "middle")
    yield _text(_LEFT + _PLOT / 2, _AXIS_Y + 38, "time since the answer (min:s)", anchor="middle")
    yield (
        f'<path class="anger" d="M{_LEFT} {_HEIGHT - 16} h26"/>'
        f'<path class="arousal" d="M{_LEFT + 92} {_HEIGHT - 16} h26"/>'
        f'<path class="rise" d="M{_LEFT + 206} {_HEIGHT - 21} l4 8 h-8 z"/>'
    )
    yield _text(_LEFT + 32, _HEIGHT - 12, "anger", "small")
    yield _text(_LEFT + 124, _HEIGHT - 12, "arousal", "small")
    yield _text(_LEFT + 216, _HEIGHT - 12, "anger rose by 0.2 or more within a second", "small")


def _panel(top: int, height: int, label: tuple[str, str], ticks: Mapping[str, float]) -> Iterator[str]:
    for number, y in ticks.items():
        yield f'<path class="grid" d="M{_LEFT} {y:.1f} h{_PLOT}"/>'
        yield _text(_LEFT - 8, y + 4, number, "small", "end")
    yield f'<path class="edge" d="M{_LEFT} {top} v{height}"/>'
    for row, words in enumerate(label):
        yield _text(10, top + height / 2 - 32 + 15 * row, words, "small" if row else "")


def _line(
    kind: str,
    told: Story,
    curves: Mapping[str, list[float]],
    values: list[float],
    y: Callable[[float], float],
) -> Iterator[str]:
    """Draw what is known as lines; a point with nothing known on either side is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value, sure in zip(curves["at_s"], values, curves["confidence"], strict=True):
        if sure > 0:
            runs[-1].append((_x(at, told), y(value)))
        elif runs[-1]:
            runs.append([])
    for run in runs:
        if len(run) == 1:
            yield f'<circle class="{kind}-dot" cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="2.4"/>'
        elif run:
            points = " L".join(f"{x:.1f} {height:.1f}" for x, height in run)
            yield f'<path class="{kind}" d="M{points}"/>'


def _band(span: Span, told: Story, top: int, colour: str) -> Iterator[str]:
    left, right = _x(span.begin_s, told), _x(span.end_s, told)
    width = max(right - left, 1.0)
    yield (
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_STRIP}" fill="{colour}"'
        f' stroke="#ffffff">'
        f"<title>{escape(span.what)}</title></rect>"
    )
    room = int((width - 6) / _LETTER)
    shown = span.what if len(span.what) <= room else f"{span.what[: room - 1]}…" if room >= 3 else ""
    if shown:
        yield _text(left + 4, top + 16, shown)


def _x(at_s: float, told: Story) -> float:
    return _LEFT + _PLOT * max(0.0, min(1.0, at_s / told.length_s))


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text{shown} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
