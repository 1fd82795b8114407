"""What is printed on each form beside its fields."""
