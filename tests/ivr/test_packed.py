"""Packed blocks are the blocks they were made of, and few of them are unpacked at a time."""

import gc
import pickle
from pathlib import Path

import msgspec
import pytest

from ivr.installed import stages_and_sections
from ivr.load import load_folder
from ivr.packed import MOST_UNPACKED, PackedBlocks, pack
from ivr.steps import Block, Position, Site

DEMO = Path(__file__).parents[2] / "dialplans"


def sites() -> list[Path]:
    return sorted({file.parent for file in DEMO.rglob("*.yaml")})


@pytest.mark.parametrize("folder", sites(), ids=lambda folder: folder.name)
def test_every_block_of_every_example_site_is_the_same(folder: Path) -> None:
    site = load_folder(folder, *stages_and_sections()).site
    assert site is not None
    packed = PackedBlocks({name: pack(block) for name, block in site.blocks.items()})
    other = msgspec.structs.replace(site, blocks=packed)
    assert other == site
    assert list(other.blocks) == list(site.blocks)
    assert list(other.prompts()) == list(site.prompts())
    for name, block in site.blocks.items():
        assert other.step(Position(name, 0)) == site.step(Position(name, 0))
        assert other.step(Position(name, len(block.steps))) is None
    assert other.step(Position("nowhere", 0)) is None
    with pytest.raises(KeyError):
        packed["nowhere"]


def many(number: int) -> PackedBlocks:
    return PackedBlocks({f"m{n}": pack(Block(f"m{n}", ())) for n in range(number)})


def test_those_used_last_stay_unpacked() -> None:
    blocks = many(MOST_UNPACKED + 10)
    first = blocks["m0"]
    for number in range(1, MOST_UNPACKED):
        blocks[f"m{number}"]
    assert blocks["m0"] is first
    blocks[f"m{MOST_UNPACKED}"]  # takes the place of m1
    assert blocks["m0"] is first
    assert len(blocks._unpacked) == MOST_UNPACKED
    assert "m1" not in blocks._unpacked
    assert blocks["m1"] == Block("m1", ())


def test_the_garbage_collector_has_nothing_to_walk() -> None:
    packed = many(2000)
    gc.collect()
    before = len(gc.get_objects())
    more = many(2000)
    gc.collect()
    assert len(gc.get_objects()) - before < 20
    assert packed == more


def test_a_whole_site_may_be_pickled_again() -> None:
    site = Site(
        name="T",
        time_zone="UTC",
        languages=("en",),
        numbers={},
        blocks=many(3),
        sections={},
        version="v",
        files=(),
    )
    assert pickle.loads(pickle.dumps(site)) == site  # noqa: S301
