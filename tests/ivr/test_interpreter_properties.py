"""Whatever a caller presses, and whenever: a call never hangs, never raises, and only legal things happen."""

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ivr import interpreter as i
from ivr.load import Source, load
from ivr.steps import Position, Site
from tests.ivr.parts import SECTIONS, STAGES
from tests.ivr.traces import PLACE

MENUS = ["m0", "m1", "m2", "m3"]
KEYS = "0123456789*#"
STEPS = {
    "play",
    "menu",
    "collect",
    "language",
    "queue",
    "goto",
    "if",
    "set",
    "switch",
    "call",
    "notice",
    "hours",
}
MAY_BE_TOLD = [
    "a loop without",
    "nowhere to go",
    "nowhere to return to",
    "in a circle",
    "no step sets",
    "leads nowhere",
    "no way out",
    "never",
]
FACTS = {"hours.h.state": "open", "queue.q.length": "1"}
OUTCOMES = ["completed", "max_wait", "empty"]


def _branches() -> st.SearchStrategy[Any]:
    return st.one_of(st.sampled_from(MENUS), st.just("hangup"), inline_steps)


branches: st.SearchStrategy[Any] = st.deferred(_branches)
agains = st.fixed_dictionaries({"again": st.integers(0, 2).map(str), "then": branches})
waits = st.sampled_from(["500ms", "3s", "5s"])
yes_no = st.sampled_from(["yes", "no"])
plays = st.fixed_dictionaries({"play": st.just("Hello"), "barge_in": yes_no})
menus = st.fixed_dictionaries(
    {
        "menu": st.fixed_dictionaries(
            {
                "say": st.just("Choose"),
                "keys": st.dictionaries(st.sampled_from(KEYS), branches, min_size=1, max_size=4),
                "barge_in": yes_no,
                "timeout": waits,
                "no_input": agains,
                "invalid": agains,
            }
        )
    }
)
collects = st.fixed_dictionaries(
    {
        "collect": st.fixed_dictionaries(
            {
                "into": st.sampled_from(["a", "b"]),
                "digits": st.sampled_from(["1", "4", "2-6"]),
                "end": st.sampled_from("#*0"),
                "say": st.just("Digits"),
                "secret": yes_no,
                "type_ahead": yes_no,
                "barge_in": yes_no,
                "no_input": agains,
                "invalid": agains,
            }
        )
    }
)
languages = st.fixed_dictionaries(
    {"language": st.just({"1": "en", "2": "zh"}), "say": st.just({"en": "English", "zh": "中文"})}
)
queues = st.fixed_dictionaries(
    {"queue": st.just("q")}, optional={"on_max_wait": branches, "on_empty": branches}
)
conditions = st.sampled_from(
    ["a", "a == b", "length(a) > 2 and known(b)", "not (c == 1)", "queue.q.length < c"]
)
flows = st.one_of(
    st.fixed_dictionaries({"if": conditions, "then": branches}, optional={"else": branches}),
    st.fixed_dictionaries({"set": st.fixed_dictionaries({"c": st.sampled_from(["1", "{c + 1}", "{a}{b}"])})}),
    st.fixed_dictionaries(
        {
            "switch": conditions,
            "cases": st.dictionaries(st.sampled_from(["yes", "no", "1"]), branches, min_size=1),
        },
        optional={"default": branches},
    ),
    st.fixed_dictionaries({"call": st.sampled_from(MENUS)}),
    st.fixed_dictionaries({"hours": st.just("h"), "closed": branches}, optional={"holiday": branches}),
    st.fixed_dictionaries(
        {"say": st.fixed_dictionaries({"number": st.just("{a}")}), "otherwise": st.just("None")}
    ),
    st.fixed_dictionaries(
        {"notice": st.just("n"), "say": st.just("Notice")},
        optional={"refuse": st.just("9"), "barge_in": yes_no},
    ),
    st.fixed_dictionaries(
        {"notice": st.just("n"), "say": st.just("Agree"), "accept": st.just("1"), "no_input": agains}
    ),
)
gotos = st.sampled_from(MENUS).map(lambda menu: {"goto": menu})
last = st.one_of(gotos, queues, st.just("hangup"), st.just("return"))
inline_steps: st.SearchStrategy[Any] = st.tuples(plays, last).map(list)
bodies = st.tuples(
    st.lists(st.one_of(plays, menus, collects, languages, queues, flows, flows), max_size=4), last
).map(lambda parts: [*parts[0], parts[1]])
site_data = st.fixed_dictionaries(dict.fromkeys(MENUS, bodies))
moves = st.lists(
    st.tuples(st.sampled_from(["key", "key", "key", "played", "tick", "ended", "start"]), st.integers(0, 11),
              st.floats(0, 9)),
    max_size=60,
)  # fmt: skip


def said(data: Any) -> Any:
    """Give every prompt both languages."""
    if isinstance(data, list):
        return [said(item) for item in data]
    if isinstance(data, dict):
        both = {
            key: {"en": text, "zh": text}
            for key, text in data.items()
            if key in {"say", "play", "otherwise"} and isinstance(text, str)
        }
        return {key: said(value) for key, value in data.items()} | both
    return data


def flow(data: Any) -> str:
    """Write as YAML's flow style, every scalar quoted."""
    if isinstance(data, list):
        return "[" + ", ".join(map(flow, data)) + "]"
    if isinstance(data, dict):
        step_first = sorted(
            data.items(), key=lambda item: 0 if item[0] in STEPS else 1 if item[0] == "say" else 2
        )
        return "{" + ", ".join(f'"{key}": {flow(value)}' for key, value in step_first) + "}"
    return f'"{data}"'


def site_from(data: dict[str, Any]) -> Site | None:
    head = {
        "site": "T",
        "languages": ["en", "zh"],
        "numbers": {f"100{number}": menu for number, menu in enumerate(MENUS)},
        "skills": ["s"],
        "queues": {"q": {"needs": {"s": "1"}, "on_max_wait": "m1"}},
        "hours": {"h": {"mon": "09:00-17:00"}},
    }
    values = {"set": {"a": "12", "b": "", "c": "0"}}
    text = flow({**head, "menus": said({**data, "m0": [values, *data["m0"]]})})
    loaded = load([Source("random.yaml", PLACE, text.encode())], STAGES, SECTIONS)
    if loaded.site is None:
        for problem in loaded.problems:
            told = problem.message
            assert any(words in told for words in MAY_BE_TOLD) or problem.severity == "warning", told
    return loaded.site


@settings(max_examples=250, deadline=None)
@given(site_data, st.sampled_from(MENUS), moves)
def test_random_callers_on_random_sites(
    data: dict[str, Any], entry: str, inputs: list[tuple[str, int, float]]
) -> None:
    site = site_from(data)
    event("a site with errors" if site is None else "a good site")
    if site is None:
        return
    run = Run(site, entry)
    for verb, number, after in inputs:
        run.feed(verb, number, after)
    run.let_be_silent()


class Run:
    """Feeds inputs as a switch would, and checks every command."""

    def __init__(self, site: Site, entry: str) -> None:
        self.site = site
        self.menus = i.Interpreter(site, Position(entry, 0), "en", look_up=FACTS.get)
        self.now = 0.0
        self.playing = self.in_stage = False
        self.check(self.menus.handle(i.Started(), 0.0))

    def feed(self, verb: str, number: int, after: float) -> None:
        self.now += after
        given_now: i.Input
        match verb:
            case "key":
                given_now = i.Key(KEYS[number])
            case "played":
                given_now, self.playing = i.PlayEnded(), False
            case "ended":
                given_now, self.in_stage = i.StageEnded(OUTCOMES[number % 3]), False
            case "start":
                given_now = i.Started()
            case _:
                given_now = i.Tick()
        self.check(self.menus.handle(given_now, self.now))

    def check(self, out: list[i.Command]) -> None:
        for index, command in enumerate(out):
            match command:
                case i.PlayPrompt():
                    assert not self.playing, "two prompts at once"
                    self.playing = True
                case i.StopPlaying():
                    assert self.playing, "stopped what does not play"
                    self.playing = False
                case i.RunStage():
                    assert not self.playing, "a stage while a prompt plays"
                    assert index == len(out) - 1
                    self.in_stage = True
                case i.HangUp():
                    assert index == len(out) - 1
                    assert self.menus.over
                case i.Enter(step=step):
                    assert self.site.step(step.at) is step
                case i.Fail():
                    raise AssertionError(command.reason)
                case _:
                    pass
        if not self.menus.over:
            # something is always awaited: a call can't hang
            assert self.playing or self.in_stage or self.menus.next_deadline() is not None

    def let_be_silent(self) -> None:
        """A caller who does nothing more is brought to an end, a stage, or round in a menu of the admin's."""
        for _ in range(60):
            if self.menus.over or self.in_stage:
                return
            deadline = self.menus.next_deadline()
            if self.playing:
                self.feed("played", 0, 1.0)
            else:
                assert deadline is not None
                self.feed("tick", 0, max(0.0, deadline - self.now) + 0.001)
