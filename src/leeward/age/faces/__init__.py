"""An age by an estimate from a face: the picture stays in the visitor's browser, and one word of three comes here."""
