//! Which blocks without a role hold shell commands: those are looked at as steps are, and never run.

use super::is_command;
use crate::model::Block;
use crate::shell::prompt::{self, PromptKind};

/// Language tags of blocks without a role that hold shell commands.
const SHELL_TAGS: &[&str] =
    &["bash", "sh", "shell", "zsh", "ksh", "console", "shell-session", "terminal", "/bin/sh", "/bin/bash"];

/// Returns whether a block without a role holds shell: its tag says so, or it has none and holds a command of kubectl,
/// something typed at the reader's own prompt, or a variable for the blocks behind it.
pub fn is_shell_without_role(block: &Block) -> bool {
    if block.role.is_some() || block.fragment.is_some() {
        return false;
    }
    match &block.language {
        Some(tag) => SHELL_TAGS.contains(&tag.as_str()),
        None => {
            let text = block.code.text();
            typed_at_own_prompt(text)
                || prompt::without_prompts(text).lines().map(str::trim).any(|line| is_command(line) || exports(line))
        }
    }
}

fn typed_at_own_prompt(text: &str) -> bool {
    let mut exchanges = prompt::split(text).into_iter();
    exchanges.any(|exchange| {
        matches!(exchange.prompt, Some((_, PromptKind::User))) && !exchange.command.text().trim().is_empty()
    })
}

/// `export NAME=value`, which the blocks behind it read.
fn exports(line: &str) -> bool {
    let assignment = line.strip_prefix("export ").and_then(|rest| rest.trim_start().split_once('='));
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    assignment.is_some_and(|(name, _)| is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Code, Role, Span};

    fn block(language: Option<&str>, role: Option<Role>, text: &str) -> Block {
        let mut code = Code::empty();
        code.push(text, 0);
        let language = language.map(str::to_owned);
        Block { span: Span::default(), info: Span::default(), language, role, code, section: None, fragment: None }
    }

    #[test]
    fn a_tag_or_a_command_makes_a_block_shell() {
        assert!(is_shell_without_role(&block(Some("console"), None, "anything")));
        assert!(is_shell_without_role(&block(None, None, "$ kubectl get pods\n")));
        assert!(is_shell_without_role(&block(None, None, "$ terraform init\n$ terraform plan\n")));
        assert!(is_shell_without_role(&block(None, None, "export NAMESPACE=shop\n")));
    }

    #[test]
    fn a_step_another_language_and_plain_text_are_not() {
        assert!(!is_shell_without_role(&block(Some("bash"), Some(Role::Check), "kubectl get pods\n")));
        assert!(!is_shell_without_role(&block(Some("yaml"), None, "kubectl get pods\n")));
        assert!(!is_shell_without_role(&block(None, None, "NAME   READY\napi    1/1\n")));
        assert!(!is_shell_without_role(&block(None, None, "exports are off\nthe price is $ 5\n")));
        assert!(!is_shell_without_role(&block(None, None, "postgres=# select 1;\n")));
    }
}
