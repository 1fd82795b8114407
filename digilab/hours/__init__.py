"""Net hours saved: baselines and bookings."""
