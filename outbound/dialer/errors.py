"""What can't be asked of a campaign."""

from __future__ import annotations


class CampaignError(Exception):
    """What was asked of a campaign can't be; the message says why and what would do."""
