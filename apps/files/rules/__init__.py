"""Pure checks of uploaded bytes."""
