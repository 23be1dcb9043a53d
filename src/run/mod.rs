//! A plan → events → results: sessions, runners, expectations and the journal.

pub mod event;
pub mod journal;
