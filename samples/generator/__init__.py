"""Writes the synthetic mail of `samples/mail/` together with the answers that a reader should find."""
