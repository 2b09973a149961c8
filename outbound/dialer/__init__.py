"""The dialer: decides how many lines to dial, dials them, and brings those who answer to agents."""
