"""A very small Whisper, trained from nothing on made Japanese meeting speech: test and demo data, no product."""
