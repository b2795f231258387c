"""Messages without an e-mail address, answered into a box that a code opens."""
