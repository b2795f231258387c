"""Legal orders: names that the law closes for everybody, who entered them, and how anybody objects."""
