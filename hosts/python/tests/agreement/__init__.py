"""Promise 16: the drop-in agrees with pybreaker, except for the differences that are named here."""
