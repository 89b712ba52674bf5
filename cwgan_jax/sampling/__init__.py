"""From a checkpoint to generated examples, and the formats they are written in."""
