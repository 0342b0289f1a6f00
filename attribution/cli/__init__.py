"""The command line: it parses options, calls the library, and is the one place that prints."""
