"""Arrays to pictures: sheets of images, curves, points."""
