"""Tests of voice emotion: its corpora, training, words."""
