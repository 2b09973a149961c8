"""Asterisk's REST interface: typed models and requests, the client, and a fake of both."""
