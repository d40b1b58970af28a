"""Pages of the importer: the list, the wizard, the run."""
