"""The commands that callflow itself brings; each module has ``main(arguments) -> exit status``."""
