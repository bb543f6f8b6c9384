"""Receive, keep, apply and announce the callbacks that Tavus sends."""

__version__ = "0.1.0"
