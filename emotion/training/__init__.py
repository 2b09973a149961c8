"""Training a classifier on labelled speech, and judging one on speakers or corpora that it has not heard.

``reading`` measures corpora into a ``table``, of which a task (``tasks``) poses a question; ``folds`` hold
speakers or corpora out; one of ``recipes`` fits; ``evaluation`` judges with ``metrics`` and ``intervals``;
``report`` and ``rendering`` tell.
"""
