"""Voice emotion on calls that are on: the listener, its settings, what agents and supervisors are told."""
