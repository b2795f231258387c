"""Show an age with a zero-knowledge proof: a yes that can be linked to no other visit, neither by us nor with the issuer's help."""
