"""Calls as tables: ``time input | command | command …``, one line an input."""

from pathlib import Path

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


def shown(command: i.Command) -> str:  # noqa: PLR0911 - one line a command
    """Write a command as a trace does."""
    match command:
        case i.Enter(step=step):
            return f"enter {step.at.menu}.{step.at.step} {step.name}"
        case i.PlayPrompt(prompt=prompt):
            return f"play {dict(prompt.texts).get('en') or prompt.texts[0][1]}"
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
        case i.HangUp():
            return "hang up"
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


def run_trace(site: Site, trace: str, entry: Position | None = None) -> tuple[str, str]:
    """Feed a trace's inputs and give the trace as expected and as found."""
    menus = i.Interpreter(site, entry or Position(site.numbers["1000"], 0), site.languages[0])
    expected, found = [], []
    for line in filter(str.strip, trace.strip().splitlines()):
        head, *commands = (part.strip() for part in line.split("|"))
        time, _, words = head.partition(" ")
        out = menus.handle(given_of(words.strip()), float(time))
        expected.append(" | ".join([head, *commands]))
        found.append(" | ".join([head, *map(shown, out)]))
    return "\n".join(expected), "\n".join(found)
