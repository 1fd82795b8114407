"""The doors over HTTP: pages for staff, the API, live events, health."""
