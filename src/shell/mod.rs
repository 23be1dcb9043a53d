//! Shell text → commands, words, variables and effects, with spans.
//!
//! Nothing is executed and nothing is expanded. Placeholders are found first ([`placeholders()`]), because
//! `kubectl delete pod <pod>` is valid shell that reads one file and writes another; prompts next; then
//! [`parse`] gives every command, also those inside `$(…)`, `sudo`, `xargs`, `sh -c '…'` and `ssh host '…'`.
//! What kubectl means by its arguments is the business of `reference`.

mod alternatives;
mod effect;
mod interaction;
mod options;
mod parse;
mod placeholder;
pub mod prompt;
mod script;
mod spans;
mod tokens;
mod word;

pub use alternatives::{Alternatives, alternatives};
pub use effect::{Effect, Reason, effect, effects};
pub use interaction::{Hold, Interaction, interaction, interactions};
pub use parse::parse;
pub use placeholder::{Placeholder, PlaceholderKind, placeholders};
pub use script::{
    Assignment, Command, Context, HereDocument, Joint, LoopKind, Nesting, PipelinePlace, Redirection, RedirectionKind,
    Rounds, Script, SetBy, SyntaxError, VariableRead, VariableSet, Wrapper,
};
pub use tokens::{Token, TokenClass, tokens};
pub use word::{Part, PartKind, Word};
