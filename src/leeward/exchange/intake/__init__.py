"""What partners tell: checked in the octets that came, then kept, in force or waiting for a person."""
