"""What an audit hands over: one document, and its renderings."""
