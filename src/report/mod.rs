//! Events and results → text, JSON and JUnit.
