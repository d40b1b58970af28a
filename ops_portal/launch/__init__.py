"""The launcher: environment, stores, supervisor. Standard library only: it runs before anything is installed."""
