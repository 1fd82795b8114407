"""Robots' credentials, encrypted; the key lies outside the database."""
