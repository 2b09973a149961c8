from tests.records.conftest import home

__all__ = ["home"]
