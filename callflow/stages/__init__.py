"""The built-in stages and services for steps that reach out of a menu: to servers, phones, files.

They come in by entry points, as anybody else's would; nothing of callflow imports them.
"""
