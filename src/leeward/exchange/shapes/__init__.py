"""Other members' shapes: the APIs and files that they use already, so that nobody needs Leeward or TAXII to take part.

What goes out is read by `telling`, from what this partner may see by TAXII too; what comes in goes to quarantine by `taking`.
"""
