"""The signs of known harm: hashes and addresses, the hub of the loop. Append-only, in positions that every follower can keep."""
