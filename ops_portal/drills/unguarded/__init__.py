"""The importer's reading child with one protection taken out. Started by drill `hostile` alone."""
