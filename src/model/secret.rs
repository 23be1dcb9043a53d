//! Which names say that their value is a secret.

/// Returns whether a name says that its value is a secret: `PGPASSWORD`, `github_token`. Names of things that hold secrets
/// (`SECRET`, `KEY`) do not. In a Secret of a cluster and in a URL they stand with `-` or `.`: `db-password`.
pub fn is_secret_name(name: &str) -> bool {
    const ENDINGS: [&str; 8] =
        ["PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "API_KEY", "APIKEY", "PRIVATE_KEY", "SECRET_KEY"];
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn names_that_tell_a_secret_are_known() {
        assert!(is_secret_name("PGPASSWORD") && is_secret_name("github_token"));
        assert!(is_secret_name("postgres-password") && is_secret_name("api.key") && !is_secret_name("db-user"));
        assert!(!is_secret_name("SECRET") && !is_secret_name("TOKEN_COUNT") && !is_secret_name("KEY"));
    }
}
