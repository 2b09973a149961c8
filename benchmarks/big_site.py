"""A site of thousands of menus, in the middle of which the benchmark's calls go to an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.floor import SKILL
from speech.tones import tone
from telephony.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

QUESTION_HZ, ANSWER_HZ = 440, 1000
SPOKEN, TONES = "1001", "1002"
"""Numbers under which a key is answered by a spoken text, and by a tone."""
_WAYS = 4

_HEAD = f"""\
# Made by benchmarks.big_site: menus for the calls of the benchmark, and many more.
site: Big
time_zone: UTC
languages: [en, zh]

numbers:
  "1000": main
  "{SPOKEN}": spoken
  "{TONES}": tones
  "9000": m0

skills: [{SKILL}]

queues:
  calls:
    needs: {{{SKILL}: 1}}
    ring: 10s
    wrap_up: 1s
    max_wait: 10m
    on_max_wait: sorry

menus:
  main:
    - menu:
        say: {{en: For an agent press one., zh: 人工服务请按一}}
        keys:
          "1": agent
        no_input: {{again: 2, then: sorry}}
        invalid: {{again: 2, then: sorry}}

  agent:
    - queue: calls

  sorry:
    - play: {{en: Sorry., zh: 对不起}}
    - hangup

  spoken:
    - menu:
        say: {{en: Press one., zh: 请按一}}
        keys:
          "1": thanks
        timeout: 9s
    - goto: sorry

  thanks:
    - play: {{en: Thank you for pressing one., zh: 谢谢}}
    - hangup

  tones:
    - menu:
        say: {{en: question.wav, zh: question.wav}}
        keys:
          "1": answer
    - goto: sorry

  answer:
    - play: {{en: answer.wav, zh: answer.wav}}
    - hangup
"""


def site_text(menus: int, *, edition: int = 0) -> str:
    """Give a site of ``menus`` more menus, a tree of four ways each; editions differ in one text."""
    lines = [_HEAD]
    for number in range(menus):
        ways = [way for way in range(number * _WAYS + 1, number * _WAYS + _WAYS + 1) if way < menus]
        told = f" of edition {edition}" if number == menus // 2 and edition else ""
        text = f"{{en: You are in menu {number}{told}., zh: 这里是菜单{number}}}"
        lines.append(f"  m{number}:\n    - play: {text}")
        if ways:
            keys = ", ".join(f'"{key}": m{way}' for key, way in enumerate(ways, 1))
            lines.append(
                f"    - menu:\n        say: {{en: Choose in {number}., zh: 菜单{number}请选择}}\n"
                f"        keys: {{{keys}}}\n        no_input: {{again: 1, then: sorry}}"
            )
        lines.append("    - queue: calls\n")
    return "\n".join(lines)


def write_site(folder: Path, menus: int) -> Path:
    """Write the site and its recordings; give the file."""
    folder.mkdir(parents=True, exist_ok=True)
    write_wav(folder / "question.wav", tone(QUESTION_HZ, 3.0).tobytes())
    write_wav(folder / "answer.wav", tone(ANSWER_HZ, 1.0).tobytes())
    file = folder / "site.yaml"
    file.write_text(site_text(menus), "utf-8")
    return file
