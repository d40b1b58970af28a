"""Arithmetic of indicators: how values add up, what they say against a target, what their formulas mean."""
