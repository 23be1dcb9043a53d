//! A plan → events → results: sessions, runners, expectations and the journal.

pub mod event;
