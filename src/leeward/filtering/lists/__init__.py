"""Lists of names by subscription: where they come from, what came of fetching them, and which names are in force."""
