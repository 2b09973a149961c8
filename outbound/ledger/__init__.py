"""The compliance ledger: why each attempt was allowed and what came of it, in files that show any change.

``entry`` says what is kept, ``chain`` how one line vouches for all before it, ``file`` writes, ``audit``
counts.
"""
