from tests.harness.fixtures import make_server, ringhall_server, tones

__all__ = ["make_server", "ringhall_server", "tones"]
