"""The menu engine: YAML, checked, interpreted without I/O, run as a stage."""
