"""What steps and sections of a dialplan say about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
    from pydantic_core import CoreSchema

    from callflow.prompt import Prompt
    from callflow.section_problem import SectionProblem


class Refers:
    """Marks a string in a step's or a section's schema as the name of something the site defines.

    ``Annotated[str, Refers("queue")]``; kinds are ``menu``, ``skill``, ``language`` and whatever a
    :class:`Section` defines.  An unknown name is then an error with place and near name, and a schema
    validated outside a site takes any name.  Works for keys of mappings and items of lists too.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Refers({self.kind!r})"

    def check(self, value: str, info: ValidationInfo) -> str:
        """Raise a validation error for a name that the site does not define."""
        from pydantic_core import PydanticCustomError  # noqa: PLC0415 - the parent process needs no pydantic

        context = info.context or {}
        known = context.get("known", {}).get(self.kind)
        if known is not None and value not in known:
            raise PydanticCustomError(
                "unknown_name", "there is no {kind} {name}", {"kind": self.kind, "name": value}
            )
        context.get("used", set()).add((self.kind, value))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Leave a mark, ``x-names``, where the names of a site belong."""
        return {**handler(schema), "x-names": self.kind}


class Defines:
    """Marks a string in a step's schema as the name of something that the step brings about.

    ``Annotated[str, Defines("variable")]`` (or :data:`callflow.values.Variable`): a variable that expressions
    and texts of the site may then read.  Works for keys of mappings and items of lists too.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Defines({self.kind!r})"

    def note(self, value: str, info: ValidationInfo) -> str:
        """Tell the site's checks."""
        (info.context or {}).get("defined", set()).add((self.kind, value))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415

        return core_schema.with_info_after_validator_function(self.note, handler(source))


@dataclass(frozen=True)
class Section:
    """A part of the site's YAML that a service brings: a mapping of names to definitions.

    ``Section(name="queues", defines="queue", model=QueueDefinition)`` makes ``queues:`` valid at the top
    of a dialplan, each entry an instance of ``model``, and each name something that
    ``Refers("queue")`` may name.
    """

    name: str
    defines: str
    model: type[BaseModel]
    facts: tuple[str, ...] = ()
    """What the service tells of each entry as a :class:`FactSource`: with ``("length",)`` expressions may
    read ``queue.cards.length``."""
    facts_under: str = ""
    """With what their names begin; ``defines`` when empty.  With another word the service is a
    :class:`CallFactSource`: ``heard.emotion.signal``."""
    single: bool = False
    """Whether it is one definition, not a mapping of names to definitions."""
    named: bool = True
    """Whether an entry that nothing names does nothing, so that it is worth a warning."""
    reads: Callable[[str, Any], Iterable[str]] | None = None
    """Gives the names that an entry reads, as a condition would: they must be brought about somewhere."""
    check: Callable[[Mapping[str, Any]], Iterable[SectionProblem]] | None = None
    """Finds what is wrong with entries together, from name → instance of ``model``."""


@runtime_checkable
class Speaking(Protocol):
    """A definition in a section whose prompts callers hear; its fields may be ``callflow.step_model.Say``."""

    def prompts(self) -> Iterable[Prompt]:
        """Give every prompt that must be rendered before the site goes live."""


def key_outcome(key: str) -> str:
    """Name the outcome of a stage that the caller left by a key."""
    return f"key {key}"
