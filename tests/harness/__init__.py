"""What tests on a real Asterisk share: a private server, agents on softphones, callers, and their ears.

Use it by importing the fixtures into a test folder's ``conftest.py``::

    from tests.harness.fixtures import ringhall_server, tones  # noqa: F401
"""
