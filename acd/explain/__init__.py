"""Why a call went to that agent and not to another, told from the log."""
