"""How likely a lead answers, learnt from what happened; pure, with local time as an argument.

``features`` is what is looked at, ``model`` what learns from it, with ``intercept`` for what moves all leads;
``calibration`` says whether to believe it; ``best_hour`` and ``order`` (by ``prices``) use it.
"""
