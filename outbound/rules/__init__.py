"""May this person be called now?  Each rule on its own, with its reason and when it will allow it.

``hours`` knows days and zones, ``terms`` what a campaign and the law want, ``judge`` asks every rule.
"""
