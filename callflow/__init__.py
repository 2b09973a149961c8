"""A call's life: the stage protocol, one task per call, the composition root and the command line."""
