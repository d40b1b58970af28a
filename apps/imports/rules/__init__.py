"""Pure parts of the importer: what a file is, how text becomes values. No Django: the reading child starts without it."""
