"""Voice activity, recognisers and synthesis on the media port of ``telephony``."""
