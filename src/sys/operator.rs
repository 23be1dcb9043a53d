//! Who runs this program, and where.

use super::Environment;

/// Returns `user@host`, as other people know them; `RUNBOOKS_OPERATOR` says it for those whom a machine account hides,
/// such as whoever started a pipeline.
pub fn operator(environment: &Environment) -> String {
    let given = |name| environment.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(told) = given("RUNBOOKS_OPERATOR") {
        return told;
    }
    let user = given("USER").or_else(|| given("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("uid-{}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_a_name_and_a_place() {
        let of = |name: &str| operator(&Environment::of([(name.to_owned(), "mara".to_owned())], "/"));
        assert!(of("USER").starts_with("mara@") && of("LOGNAME").starts_with("mara@"));
        assert_eq!(of("RUNBOOKS_OPERATOR"), "mara");
        assert!(of("OTHER").starts_with("uid-"));
    }
}
