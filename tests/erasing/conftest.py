from tests.records.conftest import database, home, postgresql

__all__ = ["database", "home", "postgresql"]
