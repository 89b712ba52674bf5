"""Sections of the page that only some data have: of their conditions, of signals, of fields, of tables."""
