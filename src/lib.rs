//! One Markdown runbook, three readers: a site people read, checks that CI verifies, steps that operators run.
//!
//! `ARCHITECTURE.md` is the map of these modules and of what each may use.

pub mod adopt;
pub mod alert;
pub mod cli;
pub mod cluster;
pub mod collection;
pub mod config;
pub mod diagnostic;
pub mod expression;
pub mod link;
pub mod lint;
pub mod model;
pub mod parse;
pub mod plan;
pub mod recording;
pub mod reference;
pub mod report;
pub mod run;
pub mod serve;
pub mod shell;
pub mod site;
pub mod sys;
