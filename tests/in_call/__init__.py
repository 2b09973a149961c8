"""Talks on a real Asterisk: hold, consultation, conference, transfer."""
