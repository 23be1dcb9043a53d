//! What an expression speaks of: names, functions, and the paths it takes into the data.

use std::fmt;

use cel::Program;
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo};
use serde_json::Value as Json;

use super::comparison::{Compared, Constant};
use super::fact::{Fact, Facts, shown};

/// The call that CEL makes of `a[b]`.
const INDEX: &str = "_[_]";

/// The calls that CEL makes of comparisons.
const COMPARISONS: [&str; 7] = ["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"];

/// The namespaces of functions, which look like names.
const NAMESPACES: [&str; 5] = ["math", "strings", "lists", "base64", "optional"];

/// The names of types, which look like names too.
const TYPES: [&str; 13] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// What an expression speaks of, each with the byte at which it stands.
#[derive(Default)]
pub(super) struct Syntax {
    pub(super) names: Vec<(String, usize)>,
    pub(super) functions: Vec<(String, usize)>,
    /// The longest paths: `json.status.ready`, not `json.status` beside it.
    pub(super) paths: Vec<Path>,
    /// The params that are compared with a constant.
    pub(super) compared: Vec<Compared>,
}

/// A way into the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    name: String,
    keys: Vec<Key>,
    /// `has(a.b)` only asks.
    asked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Field(String),
    Index(i64),
}

impl Syntax {
    pub(super) fn of(program: &Program, text: &str) -> Self {
        let mut walk = Walk { syntax: Self::default(), bound: Vec::new(), places: program.source_info(), text };
        walk.expression(program.expression());
        walk.syntax
    }
}

struct Walk<'a> {
    syntax: Syntax,
    /// Variables that `all`, `map` … bind.
    bound: Vec<&'a str>,
    places: &'a SourceInfo,
    text: &'a str,
}

impl<'a> Walk<'a> {
    fn expression(&mut self, expression: &'a IdedExpr) {
        if let Some(path) = self.path(expression)
            && !self.syntax.paths.contains(&path)
        {
            self.syntax.paths.push(path);
        }
        self.names(expression);
    }

    /// Walks on without noting the shorter paths inside a path.
    fn names(&mut self, expression: &'a IdedExpr) {
        match &expression.expr {
            Expr::Ident(name) => self.name(name, expression.id),
            Expr::Select(select) => self.inside(&select.operand),
            Expr::Call(call) => self.call(call, expression.id),
            Expr::List(list) => list.elements.iter().for_each(|element| self.expression(element)),
            Expr::Map(map) => map.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(structure) => structure.entries.iter().for_each(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(comprehension) => {
                self.expression(&comprehension.iter_range);
                self.expression(&comprehension.accu_init);
                let before = self.bound.len();
                self.bound.push(&comprehension.iter_var);
                self.bound.extend(comprehension.iter_var2.as_deref());
                self.bound.push(&comprehension.accu_var);
                for part in [&comprehension.loop_cond, &comprehension.loop_step, &comprehension.result] {
                    self.expression(part);
                }
                self.bound.truncate(before);
            }
            Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    /// Walks into what a path begins with, where the path is known already.
    fn inside(&mut self, operand: &'a IdedExpr) {
        if self.path(operand).is_some() { self.names(operand) } else { self.expression(operand) }
    }

    fn call(&mut self, call: &'a CallExpr, id: u64) {
        if COMPARISONS.contains(&call.func_name.as_str())
            && let [left, right] = call.args.as_slice()
        {
            let operator = call.func_name.trim_matches('_');
            self.compared(left, right, |param| (format!("params.{param} {operator} "), String::new()));
            if operator != "@in" {
                self.compared(right, left, |param| (String::new(), format!(" {operator} params.{param}")));
            }
        }
        if call.func_name == INDEX
            && let [operand, index] = call.args.as_slice()
        {
            self.inside(operand);
            self.expression(index);
            return;
        }
        let namespace = match call.target.as_deref().map(|target| &target.expr) {
            Some(Expr::Ident(name)) if NAMESPACES.contains(&name.as_str()) => Some(name),
            _ => None,
        };
        if call.func_name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let name = namespace.map_or_else(|| call.func_name.clone(), |space| format!("{space}.{}", call.func_name));
            let offset = self.offset(id);
            self.syntax.functions.push((name, offset));
        }
        if namespace.is_none() {
            call.target.iter().for_each(|target| self.expression(target));
        }
        call.args.iter().for_each(|argument| self.expression(argument));
    }

    fn compared(&mut self, one: &IdedExpr, other: &IdedExpr, around: impl Fn(&str) -> (String, String)) {
        let Some(param) = self.path(one).and_then(Path::into_param) else { return };
        let (constants, around) = match &other.expr {
            Expr::List(list) => (list.elements.as_slice(), (String::new(), String::new())),
            _ => (std::slice::from_ref(other), around(&param)),
        };
        for constant in constants {
            if let Expr::Literal(literal) = &constant.expr
                && let Some(value) = Constant::of(literal)
            {
                let offset = self.offset(constant.id);
                self.syntax.compared.push(Compared {
                    param: param.clone(),
                    constant: value,
                    around: around.clone(),
                    offset,
                });
            }
        }
    }

    fn entry(&mut self, entry: &'a EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.expression(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key);
                self.expression(&entry.value);
            }
        }
    }

    fn name(&mut self, name: &str, id: u64) {
        let ours = self.bound.contains(&name) || TYPES.contains(&name) && name != "duration" || name.starts_with('@');
        if !ours {
            let offset = self.offset(id);
            self.syntax.names.push((name.to_owned(), offset));
        }
    }

    /// Places are counted in characters.
    fn offset(&self, id: u64) -> usize {
        let at = self.places.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or_default();
        self.text.char_indices().nth(at).map_or(0, |(byte, _)| byte)
    }

    fn path(&self, expression: &IdedExpr) -> Option<Path> {
        match &expression.expr {
            Expr::Ident(name) if !self.bound.contains(&name.as_str()) && !name.starts_with('@') => {
                let is_type = TYPES.contains(&name.as_str()) && name != "duration";
                (!is_type && !NAMESPACES.contains(&name.as_str())).then(|| Path {
                    name: name.clone(),
                    keys: Vec::new(),
                    asked: false,
                })
            }
            Expr::Select(select) => {
                let mut path = self.path(&select.operand)?;
                path.keys.push(Key::Field(select.field.clone()));
                path.asked = select.test;
                Some(path)
            }
            Expr::Call(call) if call.func_name == INDEX => {
                let [operand, index] = call.args.as_slice() else { return None };
                let mut path = self.path(operand)?;
                path.keys.push(match &index.expr {
                    Expr::Literal(LiteralValue::String(key)) => Key::Field(key.inner().to_owned()),
                    Expr::Literal(LiteralValue::Int(index)) => Key::Index(*index.inner()),
                    _ => return None,
                });
                Some(path)
            }
            _ => None,
        }
    }
}

impl Path {
    /// Returns the param it is.
    fn into_param(self) -> Option<String> {
        match (self.name.as_str(), self.keys.as_slice()) {
            ("params", [Key::Field(name)]) if !self.asked => Some(name.clone()),
            _ => None,
        }
    }

    /// Returns the value as people should see it, or why there is none.
    pub(super) fn find(&self, facts: &Facts) -> Result<String, String> {
        match facts.get(&self.name) {
            None => Err(format!("this step brings no `{}`", self.name)),
            Some(fact) => self.found(fact, 0),
        }
    }

    /// Returns what the keys from `depth` on lead to.
    fn found(&self, fact: &Fact, depth: usize) -> Result<String, String> {
        match fact {
            Fact::Unavailable(reason) | Fact::Unseen(reason) => Err(reason.clone()),
            Fact::Number(number) => Ok(number.to_string()),
            Fact::Duration(length) => Ok(format!("{length:?}")),
            Fact::Json(json) => self.walk(json, depth).map(shown),
            Fact::Map(entries) => match self.keys.get(depth) {
                Some(Key::Field(field)) => match entries.get(field) {
                    Some(inner) => self.found(inner, depth + 1),
                    None => Err(self.there_is_no(depth)),
                },
                Some(Key::Index(_)) => Err(self.there_is_no(depth)),
                None => Ok(entries.keys().cloned().collect::<Vec<_>>().join(", ")),
            },
        }
    }

    /// Returns what is said of the first key that is not there.
    pub(super) fn missing(&self, facts: &Facts) -> Option<String> {
        match facts.get(&self.name) {
            Some(fact @ (Fact::Json(_) | Fact::Map(_))) if !self.asked => self.found(fact, 0).err(),
            Some(Fact::Unavailable(reason) | Fact::Unseen(reason)) => Some(reason.clone()),
            _ => None,
        }
    }

    fn there_is_no(&self, depth: usize) -> String {
        let so_far = Self { name: self.name.clone(), keys: self.keys[..=depth].to_vec(), asked: false };
        format!("there is no `{so_far}`")
    }

    fn walk<'j>(&self, json: &'j Json, from: usize) -> Result<&'j Json, String> {
        let mut here = json;
        for (depth, key) in self.keys.iter().enumerate().skip(from) {
            let next = match key {
                Key::Field(field) => here.get(field),
                Key::Index(index) => usize::try_from(*index).ok().and_then(|index| here.get(index)),
            };
            here = next.ok_or_else(|| self.there_is_no(depth))?;
        }
        Ok(here)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        for key in &self.keys {
            match key {
                Key::Index(index) => write!(formatter, "[{index}]")?,
                Key::Field(field) if is_plain(field) => write!(formatter, ".{field}")?,
                Key::Field(field) => write!(formatter, "[{field:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(field: &str) -> bool {
    !field.is_empty()
        && !field.starts_with(|first: char| first.is_ascii_digit())
        && field.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}
