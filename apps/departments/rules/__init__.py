"""Pure arithmetic of the dated tree."""
