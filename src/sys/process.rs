//! Child processes: each step's is its own process group, bounded in what it may print, and ended whole.
