"""How inputs and labels hang together."""
