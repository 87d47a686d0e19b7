"""Tables of README and of the site, rendered from the files of results and of no other numbers."""
