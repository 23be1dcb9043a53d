//! The timeline in a form of the user's own: a Tera template.

use tera::{Context, ErrorKind, Tera};

use super::{Entry, Timeline, facts, row, time};

/// Fills in a template. Its data is what `runs export --format json` prints, and `facts` and `rows` beside it: the words of
/// the Markdown form. In a template whose name ends in `.html` every value is escaped.
pub fn timeline_by_template(timeline: &Timeline, name: &str, text: &str) -> Result<String, String> {
    let mut tera = Tera::new();
    let told = |error: tera::Error| told(&error);
    tera.add_raw_templates(vec![(name.to_owned(), text.to_owned())]).map_err(told)?;
    let mut context = Context::from_serialize(timeline).map_err(told)?;
    context.insert("facts", &facts(timeline));
    context.insert("rows", &timeline.entries.iter().map(words).collect::<Vec<_>>());
    tera.render(name, &context).map_err(told)
}

/// An entry in words.
#[derive(serde::Serialize)]
struct Row {
    at: String,
    what: String,
    outcome: String,
    took: String,
}

fn words(entry: &Entry) -> Row {
    let (what, outcome, took) = row(&entry.what);
    Row { at: time(entry.at), what, outcome, took }
}

fn told(error: &tera::Error) -> String {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let line = report.span().start_line;
            format!("line {line}: {}", report.message())
        }
        other => other.to_string(),
    }
}
