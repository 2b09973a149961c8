"""SIP headers of the calls to agents' phones."""

CALL_HEADER = "X-Ringhall-Call"
"""By which the agent's phone or screen knows the call."""
AUTO_ANSWER = {"Call-Info": "<sip:ringhall>;answer-after=0", "Alert-Info": "info=alert-autoanswer"}
"""Which most phones take for a wish to answer by themselves; their own settings may forbid it."""
