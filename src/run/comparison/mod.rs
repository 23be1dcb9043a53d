//! Expected and actual output, compared as the author asked.

pub(crate) mod quantity;
