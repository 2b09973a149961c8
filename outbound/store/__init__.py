"""What is kept of leads: lists, do-not-call lists, attempts.  Blocking: for a thread.

``opened`` holds the database and the keys; ``lists`` imports files, ``leads`` gives who is to be dialled and
takes what came of it, ``do_not_call`` knows who must not be, ``erasure`` forgets a person.
"""
