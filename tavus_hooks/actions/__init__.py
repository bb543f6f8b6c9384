"""What people and hosts may do: the one way from the admin, the API and commands to writing."""
