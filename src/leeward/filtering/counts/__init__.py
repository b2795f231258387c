"""How often something stayed closed, counted by the data planes and told to guardians once a week."""
