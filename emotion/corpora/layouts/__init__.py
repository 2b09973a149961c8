"""The layouts of folders that can be read, one file each; the names of files tell speaker and emotion."""

from __future__ import annotations

from emotion.corpora.layouts.banglaser import BanglaSer
from emotion.corpora.layouts.casia import Casia
from emotion.corpora.layouts.crema_d import CremaD
from emotion.corpora.layouts.emodb import EmoDb
from emotion.corpora.layouts.esd import Esd
from emotion.corpora.layouts.labelled import Labelled
from emotion.corpora.layouts.port import BadName, Layout, LeftOut, Recorded
from emotion.corpora.layouts.ravdess import Ravdess

LAYOUTS: dict[str, type[Layout]] = {
    layout.name: layout for layout in (Labelled, Ravdess, CremaD, EmoDb, Esd, Casia, BanglaSer)
}
"""In the order in which they are tried."""

__all__ = ["LAYOUTS", "BadName", "Layout", "LeftOut", "Recorded"]
