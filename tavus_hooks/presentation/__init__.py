"""What the pages, the API and the admin have in common when they show something."""
