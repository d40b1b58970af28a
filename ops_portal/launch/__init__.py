"""The launcher: environment, stores, supervisor. Standard library only, because it runs before anything is installed."""
