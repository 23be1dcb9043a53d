//! The terminal: whether there is one, how wide it is, and what a person types.
