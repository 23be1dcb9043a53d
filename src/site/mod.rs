//! Runbooks and results → pages and index, in memory. Runs no step and asks no cluster.
