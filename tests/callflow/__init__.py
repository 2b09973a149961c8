"""Tests of callflow."""
