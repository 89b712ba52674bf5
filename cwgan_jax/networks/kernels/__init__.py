"""How products, convolutions and filters are computed."""
