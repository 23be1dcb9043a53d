//! Which blocks without a role hold shell commands: those are looked at as steps are, and never run.

use super::is_command;
use crate::model::Block;
use crate::shell::prompt;

/// Language tags of blocks without a role that hold shell commands.
const SHELL_TAGS: &[&str] =
    &["bash", "sh", "shell", "zsh", "ksh", "console", "shell-session", "terminal", "/bin/sh", "/bin/bash"];

/// Returns whether a block without a role holds shell: its tag says so, or it has none and begins with a command.
pub fn is_shell_without_role(block: &Block) -> bool {
    if block.role.is_some() || block.fragment.is_some() {
        return false;
    }
    match &block.language {
        Some(tag) => SHELL_TAGS.contains(&tag.as_str()),
        None => prompt::without_prompts(block.code.text()).lines().any(|line| is_command(line.trim())),
    }
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
    }

    #[test]
    fn a_step_another_language_and_plain_text_are_not() {
        assert!(!is_shell_without_role(&block(Some("bash"), Some(Role::Check), "kubectl get pods\n")));
        assert!(!is_shell_without_role(&block(Some("yaml"), None, "kubectl get pods\n")));
        assert!(!is_shell_without_role(&block(None, None, "NAME   READY\napi    1/1\n")));
    }
}
