"""Recognisers: a crop goes in, character probabilities come out. One contract, several engines."""
