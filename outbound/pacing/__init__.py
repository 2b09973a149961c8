"""How many lines to dial now: pure, with time as an argument.

``floor`` is what a pacer sees, ``port`` what one is, ``threshold`` the default; ``durations`` are learnt,
``budget`` is what may be dropped.
"""
