//! Contains only tests, in `tests/`.
