"""The scale of what the network is fed."""
