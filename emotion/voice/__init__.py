"""What a voice does, hop by hop: pitch, loudness, spectrum, quality and rhythm.  Pure numpy, 8 kHz."""
