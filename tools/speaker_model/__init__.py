"""What tools/train_speaker_model.py is made of."""
