"""Numbered schema changes, each with its record in one transaction."""
