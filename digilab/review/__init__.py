"""What people say of doubtful values: answers, when a doubt is settled, and the way back to the worker."""
