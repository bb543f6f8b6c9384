"""The demo site: a host as small as can be. Nothing in here is needed by the app."""
