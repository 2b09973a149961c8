"""An Asterisk in memory, behind the interface of the ARI client: for tests of everything above it.

It keeps loop time, so that under a virtual loop hours pass in milliseconds.  What it does and refuses is
what the real one does and refuses; ``tests/telephony/contract`` runs over both.
"""

from telephony.ari.fake.ami import FakeAmi
from telephony.ari.fake.asterisk import FakeAsterisk
from telephony.ari.fake.connection import FakeAri
from telephony.ari.fake.phones import Behaviour, FakePhone, Greeting

__all__ = ["Behaviour", "FakeAmi", "FakeAri", "FakeAsterisk", "FakePhone", "Greeting"]
