"""Whose proofs of age count: certificates of issuers, put in by hand or followed from a list, each confirmed by a person."""
