"""Age assurance: what an age gate asks, how a person shows it, and what a site learns, which is one word."""
