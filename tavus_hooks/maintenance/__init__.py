"""Periodic and diagnostic work: retention, erasing, rebuilding, health and the doctor."""
