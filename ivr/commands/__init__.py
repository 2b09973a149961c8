"""The commands of the menu engine; each module's ``app`` becomes ``ringhall NAME`` by an entry point."""
