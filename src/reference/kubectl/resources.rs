//! The forms in which kubectl takes resources: `deploy x y`, `deploy/x svc/y`, `po,svc`, `po,svc x`.

use crate::model::Span;
use crate::reference::argument::{Argument, Unknown};

/// What the resource arguments of a command name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Resources {
    /// Kinds without a name.
    pub(super) kinds: Vec<Argument>,
    /// Objects: kind and name.
    pub(super) objects: Vec<(Argument, Argument)>,
    /// Arguments of which it is not even known whether they are kinds or objects.
    pub(super) unclear: Vec<(Span, Unknown)>,
}

impl Resources {
    /// Reads resource arguments as kubectl's builder does. Where `open_ended`, names follow that are not in the text.
    pub(super) fn read(arguments: &[Argument], open_ended: bool) -> Self {
        let mut resources = Self::default();
        let Some((first, names)) = arguments.split_first() else { return resources };
        if arguments.iter().any(|argument| argument.text.contains('/')) {
            for argument in arguments {
                resources.combined(argument);
            }
        } else if let Some(reason) = first.unknown.clone().filter(|_| first.text.is_empty()) {
            resources.unclear.push((first.span, reason));
        } else {
            resources.separate(&first.split(','), names, open_ended);
        }
        resources
    }

    fn combined(&mut self, argument: &Argument) {
        match (argument.split_once('/'), &argument.unknown) {
            (Some((kind, name)), _) => self.objects.push((kind, name)),
            (None, Some(reason)) => self.unclear.push((argument.span, reason.clone())),
            // kubectl refuses a mixture of both forms; what the word means is anybody's guess.
            (None, None) => {}
        }
    }

    fn separate(&mut self, kinds: &[Argument], names: &[Argument], open_ended: bool) {
        let input = open_ended.then(|| {
            let span = names.last().or(kinds.last()).map(|last| last.span).unwrap_or_default();
            Argument::unknown(Unknown::Input, span)
        });
        if names.is_empty() && input.is_none() {
            self.kinds.extend_from_slice(kinds);
        }
        for kind in kinds {
            self.objects.extend(names.iter().chain(&input).map(|name| (kind.clone(), name.clone())));
        }
    }

    /// Reads one argument that is `kind/name`, or the name of an object of `kind`.
    pub(super) fn one(argument: &Argument, kind: &str) -> (Argument, Argument) {
        argument.split_once('/').unwrap_or_else(|| (Argument::implied(kind, argument.span), argument.clone()))
    }
}

/// Splits the arguments of `label`, `set image` and their kin: resources first, then what is set.
pub(super) fn split_pairs(arguments: &[Argument], is_pair: impl Fn(&Argument) -> bool) -> (&[Argument], &[Argument]) {
    arguments.split_at(arguments.iter().position(is_pair).unwrap_or(arguments.len()))
}

/// Returns whether an argument sets (`key=value`) or takes away (`key-`) something.
pub(super) fn is_assignment(argument: &Argument) -> bool {
    argument.text.contains('=')
        || (argument.unknown.is_none() && argument.text.ends_with('-') && argument.text.len() > 1)
}
