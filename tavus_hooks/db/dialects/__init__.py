"""The statements of the app, as each database takes them."""
