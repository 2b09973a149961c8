"""Voice emotion: prosody features, signals and their fusion, as listeners of the media port."""
