"""Calls as tables: ``time input | command | command …``, one line an input."""

import re
from pathlib import Path

from callflow.prompt import Prompt
from ivr import interpreter as i
from ivr.load import Source, load
from ivr.steps import Position, Site
from tests.ivr.parts import SECTIONS, STAGES

PLACE = Path(__file__).parent


def site_of(text: str) -> Site:
    """Make a site of YAML that has no problem."""
    loaded = load([Source("test.yaml", PLACE, text.encode())], STAGES, SECTIONS)
    assert loaded.site is not None, "\n".join(map(str, loaded.problems))
    return loaded.site


def shown(command: i.Command) -> str:  # noqa: PLR0911, PLR0912 - one line a command
    """Write a command as a trace does."""
    match command:
        case i.Enter(step=step):
            return f"enter {step.at.menu}.{step.at.step} {step.name}"
        case i.PlayPrompt(prompt=prompt):
            return f"play {heard(prompt)}"
        case i.StopPlaying():
            return "stop"
        case i.ChooseLanguage(language=language):
            return f"language {language}"
        case i.Choice(menu=menu, result=result, key=key):
            return f"{result} {menu} {key}".rstrip()
        case i.Collected(variable=variable, digits=digits, secret=secret):
            return f"collected {variable}={digits}{' secret' if secret else ''}"
        case i.RunStage(name=name, step=step):
            return f"run {name} {' '.join(f'{k}={v}' for k, v in sorted(dict(step).items()) if v)}"
        case i.Assigned(variable=variable, value=value, secret=secret):
            return f"set {variable}={value}{' secret' if secret else ''}"
        case i.Noticed(notice=notice, result=result):
            return f"notice {notice} {result}"
        case i.Agreed(to=to, given=given, how=how):
            return f"consent {to} {'given' if given else 'refused'} by {how}"
        case i.Used(name=name, value=value, outcome=outcome):
            return f"used {name}={value}: {outcome}"
        case i.HangUp(cause=cause):
            return "hang up" if cause == "normal" else f"hang up {cause}"
        case i.Fail(reason=reason):
            return f"fail: {reason}"


def given_of(words: str) -> i.Input:
    """Read an input as a trace writes it."""
    verb, _, rest = words.partition(" ")
    match verb:
        case "start":
            return i.Started()
        case "key":
            return i.Key(rest)
        case "played":
            return i.PlayEnded()
        case "ended":
            return i.StageEnded(rest)
        case "tick":
            return i.Tick()
    raise ValueError(words)


def heard(prompt: Prompt) -> str:
    """Write what is heard, in English where there is any."""
    if prompt.parts:
        return " + ".join(filter(None, map(heard, prompt.parts)))
    return (dict(prompt.texts).get("en") or prompt.texts[0][1]) if prompt.texts else ""


def run_trace(
    site: Site, trace: str, entry: Position | None = None, facts: dict[str, str] | None = None
) -> tuple[str, str]:
    """Feed a trace's inputs and give the trace as expected and as found."""
    begin = entry or Position(site.numbers["1000"], 0)
    menus = i.Interpreter(site, begin, site.languages[0], look_up=(facts or {}).get)
    expected, found = [], []
    # a line that begins with a bar goes on with the one above
    for line in filter(str.strip, re.sub(r"\n\s*\|", " |", trace.strip()).splitlines()):
        head, *commands = (part.strip() for part in line.split("|"))
        time, _, words = head.partition(" ")
        out = menus.handle(given_of(words.strip()), float(time))
        expected.append(" | ".join([head, *commands]))
        found.append(" | ".join([head, *map(shown, out)]))
    return "\n".join(expected), "\n".join(found)
