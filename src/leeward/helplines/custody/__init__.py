"""Who can open what is sealed to a desk: counsellors by copies of its key, supervisors by shares that bring a lost one back."""
