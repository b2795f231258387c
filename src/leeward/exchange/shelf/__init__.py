"""What is served: each version of each sign, written once and signed, in the order of addition."""
