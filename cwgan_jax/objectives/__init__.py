"""What is minimised: losses, penalties, controllers."""
