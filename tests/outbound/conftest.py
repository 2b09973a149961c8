from tests.outbound.stores import store
from tests.records.conftest import database, postgresql

__all__ = ["database", "postgresql", "store"]
