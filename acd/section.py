"""What the ACD brings to a dialplan: the section ``queues:``."""

from __future__ import annotations

from acd.config import QueueDefinition
from acd.config_checks import queue_problems
from acd.facts import QUEUE_FACTS
from callflow.protocol import Section

QUEUES = Section(
    name="queues", defines="queue", model=QueueDefinition, facts=QUEUE_FACTS, check=queue_problems
)
