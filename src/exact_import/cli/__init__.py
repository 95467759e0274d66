"""The commands: each parses its arguments, calls one function and shows the result."""
