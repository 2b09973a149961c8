"""``python -m ivr.reading``: reads and checks sites for the controller (:class:`ivr.reader.ChildReader`).

Standard input and output carry pickles, each behind its length in four bytes.  A question is the path of a
folder, or a tuple of sources; the answer a :class:`~ivr.reader.Head`, then the blocks in pieces.  It ends
with its input.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from callflow.logging import configure_logging
from ivr.installed import stages_and_sections
from ivr.load import load, load_folder
from ivr.packed import pack
from ivr.reader import LENGTH_BYTES, Head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivr.load import Loaded

BLOCKS_A_PIECE = 400
"""Well under a millisecond for the controller to take in."""
NICENESS = 10
"""Calls come first."""


def pieces(loaded: Loaded) -> Iterator[bytes]:
    """Give an answer's pieces, pickled."""
    site = loaded.site
    if site is None:
        yield pickle.dumps(Head(loaded, 0))
        return
    bare = msgspec.structs.replace(loaded, site=msgspec.structs.replace(site, blocks={}))
    blocks = ((name, pack(block)) for name, block in site.blocks.items())
    parts = list(iter(lambda: dict(islice(blocks, BLOCKS_A_PIECE)), {}))
    yield pickle.dumps(Head(bare, len(parts)))
    for part in parts:
        yield pickle.dumps(part)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer questions until there are no more."""
    stages, sections = stages_and_sections()
    gc.freeze()
    gc.disable()  # garbage is looked for between the questions
    while len(length := questions.read(LENGTH_BYTES)) == LENGTH_BYTES:
        asked = pickle.loads(questions.read(int.from_bytes(length, "big")))  # noqa: S301 - our own parent's
        loaded = (
            load(asked, stages, sections)
            if isinstance(asked, tuple)
            else load_folder(asked, stages, sections)
        )
        answers.writelines(len(piece).to_bytes(LENGTH_BYTES, "big") + piece for piece in pieces(loaded))
        answers.flush()
        del loaded
        gc.collect()


def main() -> None:
    """Serve the parent; what a part prints meanwhile goes to standard error."""
    configure_logging()
    os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(0)  # nobody is there to be answered; a flush at exit would fail too


if __name__ == "__main__":
    main()
