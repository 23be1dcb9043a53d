//! Annotations for GitHub Actions: a workflow command per problem, which GitHub shows at its line.
//!
//! GitHub shows ten errors and ten warnings of a step; the others stand in the log. What a command cannot hold as it is
//! (`%`, line breaks, in properties also `:` and `,`) is escaped as the runner unescapes it, so that no text of a
//! runbook or of a program is ever taken for a command of its own.

use super::notice::{Loudness, Notice, slashes};

/// Returns a line for each problem.
pub fn github(notices: &[Notice]) -> String {
    notices.iter().map(annotation).collect()
}

fn annotation(notice: &Notice) -> String {
    let command = match notice.loudness {
        Loudness::Error => "error",
        Loudness::Warning => "warning",
        Loudness::Note => "notice",
    };
    let place = &notice.place;
    let title = match (notice.word(), notice.detail("target")) {
        (Some(word), Some(target)) => format!("{word} on {target}: {}", notice.rule),
        (Some(word), None) => format!("{word}: {}", notice.rule),
        (None, _) => notice.rule.clone(),
    };
    // An end column means something only on one line.
    let end = if place.end.line == place.start.line && place.end.column > place.start.column {
        format!(",endColumn={}", place.end.column)
    } else {
        String::new()
    };
    format!(
        "::{command} file={},line={},col={}{end},title={}::{}\n",
        property(&slashes(&place.path)),
        place.start.line,
        place.start.column,
        property(&title),
        data(&notice.in_full())
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::report::{example, notice};

    #[test]
    fn a_problem_is_one_line_at_its_place() {
        let text = github(&notice::of_run(&example::result(Outcome::Failed)));
        assert_eq!(
            text,
            "::error file=content/incident/db-pool.md,line=12,col=1,endColumn=30,title=failed%3A expectation::the \
             expectation does not hold%0Acommand: psql -Atc 'select 1'%0Aexpected: value < 0.9%0Aactual: value = \
             0.97%0Ahint: end idle sessions\n"
        );
    }

    #[test]
    fn nothing_in_a_text_is_taken_for_a_command() {
        let mut notices = notice::of_run(&example::result(Outcome::Failed));
        notices[0].message = "100% \r\n::error::injected".to_owned();
        notices[0].place.path = "a,line=1::x/b.md".into();
        let text = github(&notices);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("::error file=a%2Cline=1%3A%3Ax/b.md,line=12"), "{text}");
        assert!(text.contains("::100%25 %0D%0A::error::injected"), "{text}");
    }

    #[test]
    fn of_a_run_on_several_targets_the_title_names_the_target() {
        let text = github(&notice::of_run(&example::on_targets(Outcome::Failed, &["north", "south"])));
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains(",title=failed on south%3A expectation::"), "{text}");
    }

    #[test]
    fn without_problems_there_is_nothing() {
        assert_eq!(github(&notice::of_run(&example::result(Outcome::Passed))), "");
    }
}
