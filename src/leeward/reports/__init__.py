"""The misuse button, the intake behind it, and the follow-up by receipt code. Nobody needs an account to report."""
