"""What the home page, the search and the gallery show."""
