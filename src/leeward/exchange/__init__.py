"""Partners: what we tell them and, with its own issue, what we are told. STIX 2.1 over TAXII 2.1."""
