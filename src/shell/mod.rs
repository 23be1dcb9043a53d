//! Shell text → commands, words, variables and effects, with spans.
