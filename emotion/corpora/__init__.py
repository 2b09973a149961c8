"""Labelled speech: the published corpora as they are unpacked, a site's own calls, and what lines do to them.

``load`` reads a folder (:mod:`emotion.corpora.folder`), whatever its layout (:mod:`emotion.corpora.layouts`).
"""
