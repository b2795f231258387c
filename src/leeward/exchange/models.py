"""What exchange remembers. The minimum serves signs straight from the change log; partners come with their own issue."""
