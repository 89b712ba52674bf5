"""Tables as data: columns, their types, and the values in them."""
