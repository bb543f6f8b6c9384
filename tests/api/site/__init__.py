"""A host with an API and an OpenAPI schema of its own, for processes of their own."""
