"""Input of the pages of schemes."""
