"""What trains: an algorithm is a value, a network in training a player."""
