"""Real harvesters and readers, pointed at the catalogue of a real server."""
