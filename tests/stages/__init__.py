"""Tests of the stages that reach out of a menu."""
