"""What counsellors and supervisors work with."""
