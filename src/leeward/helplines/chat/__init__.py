"""Live talk: the door that says the truth, the waiting place and the line between child and counsellor."""
