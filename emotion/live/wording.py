"""What an agent may say or do when a caller sounds so: the site's suggestions, and ours where it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emotion.signals import State

SUGGESTED: dict[State, dict[str, str]] = {
    "calm": {
        "en": "They sound calmer. Sum up what you agreed on, and go on.",
        "de": "Die Stimme klingt ruhiger. Fassen Sie das Vereinbarte zusammen und machen Sie weiter.",
        "zh": "对方听起来平静些了。总结一下已达成的共识，再继续。",
    },
    "raised": {
        "en": "Slow down and speak softly. Say first what bothers them, then explain.",
        "de": "Sprechen Sie langsamer und leiser. Nennen Sie erst das Anliegen, dann die Erklärung.",
        "zh": "放慢语速，语气放轻。先说出对方的烦恼，再作解释。",
    },
    "angry": {
        "en": "Let them finish. Say what you have understood and what you will do. Offer a supervisor.",
        "de": "Lassen Sie ausreden. Sagen Sie, was Sie verstanden haben und tun. Bieten Sie die Leitung an.",
        "zh": "让对方把话说完。复述您的理解，说明您会怎么做。可以提出转接主管。",
    },
    "distressed": {
        "en": "Take your time. Ask what would help most right now, and stay with them until it is clear.",
        "de": "Nehmen Sie sich Zeit. Fragen Sie, was jetzt am meisten hilft, und bleiben Sie dran.",
        "zh": "不要着急。询问对方现在最需要什么帮助，并陪伴到问题明确。",
    },
}


def worded(site: Mapping[State, Mapping[str, str]], signal: State) -> dict[str, str]:
    """Give the suggestion for a signal in every language that there is, the site's own first."""
    return {**SUGGESTED[signal], **site.get(signal, {})}


def in_language(wording: Mapping[str, str], language: str) -> str:
    """Give the text of a language (``de-AT`` is ``de`` too), else English, else any; empty without one."""
    base = language.partition("-")[0]
    of_base = (text for tag, text in wording.items() if tag.partition("-")[0] == base)
    return wording.get(language) or next(of_base, "") or wording.get("en") or next(iter(wording.values()), "")
