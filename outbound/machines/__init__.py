"""Did a person answer, or a machine: pure, time is the count of samples since the answer.

``port`` is what a detector can do and says, ``timing`` the default, ``shape`` what that makes of who spoke
when; ``tones`` hears steady tones, ``signals`` knows those of networks and fax machines, ``beep`` waits for
the one after which a message can be left.
"""
