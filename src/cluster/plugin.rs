//! What to say when a credential plugin fails.
//!
//! Whatever it printed to its standard output may be, or hold, a token: that is never told.

use std::error::Error;

use kube::client::AuthError;

/// How many characters of a plugin's own words are told.
const LONGEST: usize = 300;

/// Returns what went wrong with the credential plugin `command`, if an error comes from there.
pub(crate) fn trouble(error: &(dyn Error + 'static), command: &str) -> Option<String> {
    let mut chain = std::iter::successors(Some(error), |&error| error.source());
    let error = chain.find_map(|error| error.downcast_ref::<AuthError>())?;
    match error {
        AuthError::AuthExecStart(cause) => Some(format!("cannot run the credential plugin `{command}`: {cause}")),
        AuthError::AuthExecRun { out, .. } => {
            let words: String = String::from_utf8_lossy(&out.stderr).trim().chars().take(LONGEST).collect();
            let words = if words.is_empty() { "it says nothing".to_owned() } else { words };
            Some(format!("the credential plugin `{command}` failed ({}): {words}", out.status))
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            Some(format!("the credential plugin `{command}` printed no credential"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{ExitStatus, Output};

    use super::*;

    #[test]
    fn a_plugin_is_quoted_but_for_what_may_be_a_token() {
        let out =
            Output { status: ExitStatus::from_raw(1 << 8), stdout: b"token".into(), stderr: b"log in first\n".into() };
        let failed = kube::Error::Auth(AuthError::AuthExecRun { cmd: "X=token aws".into(), out: Box::new(out) });
        let expected = "the credential plugin `aws` failed (exit status: 1): log in first";
        assert_eq!(trouble(&failed, "aws").as_deref(), Some(expected));
        assert_eq!(trouble(&kube::Error::TlsRequired, "aws"), None);
    }
}
