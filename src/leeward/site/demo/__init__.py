"""The main job with real input: report, case, decision, four effects within two seconds, and all of it lifted again."""
