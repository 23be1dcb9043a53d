//! Whose rights the commands of a runbook are held against.

use serde::Deserialize;

/// Whose rights the commands that `verify` does not run are held against: `rights` and `act_as` of a target.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Rights {
    /// Those of the identity that looks.
    #[default]
    Own,
    /// Those of whoever carries the runbook out.
    Of(Actor),
    /// Nobody's: they are not looked at.
    Unasked,
}

/// Who carries a runbook out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "OneOrMany")]
pub struct Actor {
    /// The user, as the cluster calls it.
    pub user: Option<String>,
    /// The groups.
    pub groups: Vec<String>,
    /// As it is written in the settings.
    pub name: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Everybody whom a cluster knows is in this group.
const EVERYBODY: &str = "system:authenticated";

impl TryFrom<OneOrMany> for Actor {
    type Error = String;

    fn try_from(written: OneOrMany) -> Result<Self, String> {
        let words = match written {
            OneOrMany::One(word) => vec![word],
            OneOrMany::Many(words) => words,
        };
        let mut actor = Self { user: None, groups: Vec::new(), name: words.join(", ") };
        words.iter().try_for_each(|word| actor.add(word))?;
        if actor.user.is_none() && actor.groups.is_empty() {
            return Err("`act_as` names nobody".to_owned());
        }
        actor.groups.push(EVERYBODY.to_owned());
        Ok(actor)
    }
}

impl Actor {
    fn add(&mut self, word: &str) -> Result<(), String> {
        if let Some(group) = word.strip_prefix("group:").filter(|group| !group.is_empty()) {
            self.groups.push(group.to_owned());
            return Ok(());
        }
        let account =
            word.strip_prefix("serviceaccount:").or_else(|| word.strip_prefix("system:serviceaccount:")).map(|rest| {
                let parts = rest.split_once(['/', ':']);
                parts.filter(|(namespace, name)| !namespace.is_empty() && !name.is_empty())
            });
        let user = match account {
            Some(Some((namespace, name))) => {
                let all = "system:serviceaccounts";
                self.groups.extend([all.to_owned(), format!("{all}:{namespace}")]);
                format!("system:serviceaccount:{namespace}:{name}")
            }
            None if !word.is_empty() && word != "group:" => word.to_owned(),
            _ => return Err(format!("`{word}` is none of USER, group:GROUP, serviceaccount:NAMESPACE/NAME")),
        };
        match self.user.replace(user) {
            None => Ok(()),
            Some(_) => Err("`act_as` names two users; it can be one, with groups".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(words: &[&str]) -> Result<Actor, String> {
        Actor::try_from(OneOrMany::Many(words.iter().map(|word| (*word).to_owned()).collect()))
    }

    #[test]
    fn a_service_account_is_in_the_groups_of_service_accounts() {
        for written in ["serviceaccount:ops/deployer", "system:serviceaccount:ops:deployer"] {
            let found = actor(&[written]).unwrap();
            assert_eq!(found.user.as_deref(), Some("system:serviceaccount:ops:deployer"));
            assert_eq!(found.groups, ["system:serviceaccounts", "system:serviceaccounts:ops", "system:authenticated"]);
        }
    }

    #[test]
    fn a_user_may_come_with_groups() {
        let found = actor(&["jane", "group:sre"]).unwrap();
        assert_eq!((found.user.as_deref(), found.name.as_str()), (Some("jane"), "jane, group:sre"));
        assert_eq!(found.groups, ["sre", "system:authenticated"]);
    }

    #[test]
    fn who_cannot_be_understood_is_refused() {
        for words in [&["serviceaccount:deployer"][..], &["group:"], &[""], &[], &["jane", "joe"]] {
            assert!(actor(words).is_err(), "{words:?}");
        }
    }
}
