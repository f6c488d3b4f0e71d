"""A local stand-in for the status API, for the demo and the tests."""
