//! The gate: the one door to a cluster, and what we ask through it.
