//! Several ways to the same end in one block. Whoever runs the block would take all of them.

use crate::model::Span;

use super::placeholder::{Region, Regions};

/// Several ways to the same end in one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternatives {
    /// The lines that say so: `or`, `# Option 1`.
    pub markers: Vec<Span>,
    /// The ways, each from its marker (or the beginning) to the next.
    pub options: Vec<Span>,
}

/// Words behind which a number or a letter counts alternatives.
const COUNTED: &[&str] = &[
    "option",
    "alternative",
    "method",
    "variant",
    "approach",
    "choice",
    "way",
    "possibility",
    "metodo",
    "método",
    "méthode",
    "methode",
    "möglichkeit",
    "variante",
    "opzione",
    "opción",
    "opcion",
    "opção",
    "вариант",
    "способ",
    "方法",
    "方案",
    "방법",
];

/// Platforms that a comment opens a part for; two different ones are alternatives.
const PLATFORMS: &[&str] = &[
    "macos",
    "mac",
    "linux",
    "windows",
    "ubuntu",
    "debian",
    "centos",
    "rhel",
    "fedora",
    "alpine",
    "aws",
    "gcp",
    "azure",
    "eks",
    "gke",
    "aks",
    "openshift",
    "docker",
    "podman",
    "containerd",
    "helm",
    "kustomize",
    "bash",
    "zsh",
    "fish",
    "powershell",
    "systemd",
    "homebrew",
];

/// What a line says about alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// `or`: what stands before and behind it are alternatives.
    Or,
    /// `# Option 1`, with what counts it.
    Counted(String),
    /// `# On Ubuntu`.
    Platform(String),
}

/// Returns the alternatives of a shell text, if it holds any.
pub fn alternatives(text: &str) -> Option<Alternatives> {
    let mut marks = marks(text);
    let has_or = marks.iter().any(|(mark, _)| *mark == Mark::Or);
    let counted = distinct(&marks, |mark| matches!(mark, Mark::Counted(_)));
    let platforms = distinct(&marks, |mark| matches!(mark, Mark::Platform(_)));
    marks.retain(|(mark, _)| match mark {
        Mark::Or => true,
        Mark::Counted(_) => counted >= 2 || has_or,
        Mark::Platform(_) => platforms >= 2,
    });
    if marks.is_empty() || !(has_or || counted >= 2 || platforms >= 2) {
        return None;
    }
    let markers: Vec<Span> = marks.iter().map(|(_, span)| *span).collect();
    let options = options(text, &marks);
    (options.len() >= 2).then_some(Alternatives { markers, options })
}

fn distinct(marks: &[(Mark, Span)], wanted: impl Fn(&Mark) -> bool) -> usize {
    let mut seen: Vec<&Mark> = marks.iter().map(|(mark, _)| mark).filter(|mark| wanted(mark)).collect();
    seen.sort_by_key(|mark| format!("{mark:?}"));
    seen.dedup();
    seen.len()
}

/// Returns the stretches between markers that hold a command.
fn options(text: &str, marks: &[(Mark, Span)]) -> Vec<Span> {
    let mut bounds: Vec<usize> = vec![0];
    bounds.extend(marks.iter().map(|(_, span)| span.start));
    bounds.push(text.len());
    let is_command =
        |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#') && mark_of(line).is_none();
    bounds
        .iter()
        .zip(bounds.iter().skip(1))
        .map(|(&start, &end)| Span::new(start, end))
        .filter(|span| text.get(span.start..span.end).is_some_and(|part| part.lines().any(is_command)))
        .collect()
}

fn marks(text: &str) -> Vec<(Mark, Span)> {
    let regions = Regions::of(text);
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let indent = line.len() - line.trim_start().len();
        let within = regions.at(start + indent);
        if !matches!(within, Region::Plain | Region::Comment) {
            continue;
        }
        if let Some(mark) = mark_of(line) {
            found.push((mark, Span::new(start + indent, start + line.trim_end().len())));
        }
    }
    found
}

fn mark_of(line: &str) -> Option<Mark> {
    let line = line.trim();
    let comment = line.starts_with('#');
    let said = line.trim_matches(|c: char| "#-=*:/.… \t()[]".contains(c)).to_lowercase();
    if matches!(said.as_str(), "or" | "oder" | "ou" | "alternatively") {
        return Some(Mark::Or);
    }
    if !comment {
        return None;
    }
    let mut words = said.split(|c: char| c.is_whitespace() || ":.,)(-".contains(c)).filter(|word| !word.is_empty());
    let (first, glued) = without_number(words.next()?);
    let second = glued.unwrap_or_else(|| words.next().unwrap_or_default());
    let counts = second.len() <= 2 && second.chars().all(|c| c.is_ascii_alphanumeric()) && !second.is_empty();
    let ordinal = ["one", "two", "three", "first", "second"].contains(&second);
    if COUNTED.contains(&first) && (counts && second != "is" && second != "to" || ordinal) {
        return Some(Mark::Counted(second.to_owned()));
    }
    if matches!(first, "or" | "alternatively") {
        return Some(Mark::Or);
    }
    let platform = if matches!(first, "on" | "for" | "using" | "with" | "if") { second } else { first };
    let short = said.split_whitespace().count() <= 3;
    (short && PLATFORMS.contains(&platform)).then(|| Mark::Platform(platform.to_owned()))
}

/// `方法1` counts without a blank.
fn without_number(word: &str) -> (&str, Option<&str>) {
    let bare = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if bare.is_ascii() || bare.len() == word.len() { (word, None) } else { (bare, word.get(bare.len()..)) }
}

#[cfg(test)]
mod tests {
    use super::alternatives;

    fn options(text: &str) -> Vec<&str> {
        let found = alternatives(text).map(|found| found.options).unwrap_or_default();
        found.iter().filter_map(|span| text.get(span.start..span.end)).collect()
    }

    #[test]
    fn or_on_a_line_of_its_own_divides() {
        assert_eq!(options("ls a\nor\nls b\n"), ["ls a\n", "or\nls b\n"]);
        assert_eq!(options("ls a\n# OR\nls b\n").len(), 2);
        assert_eq!(options("ls a\n# or, with labels:\nls b\n").len(), 2);
    }

    #[test]
    fn numbered_options_divide() {
        assert_eq!(
            options("# Option 1: scale\nls a\n# Option 2: restart\nls b\n"),
            ["# Option 1: scale\nls a\n", "# Option 2: restart\nls b\n"]
        );
        assert_eq!(options("# Method A\nls a\n# Method B\nls b").len(), 2);
        assert_eq!(options("# Metodo A: uno script\nls a\n\n# Metodo B: a mano\nls b").len(), 2);
        assert_eq!(options("# 方法1\nls a\n# 方法2\nls b").len(), 2);
    }

    #[test]
    fn platforms_divide() {
        assert_eq!(options("# On Ubuntu\napt x\n# On CentOS\nyum x\n").len(), 2);
        assert_eq!(options("# macOS\nbrew x\n# Linux\napt x\n").len(), 2);
    }

    #[test]
    fn a_text_with_one_way_has_no_alternatives() {
        for text in [
            "ls a\nls b\n",
            "# Option 1\nls a\n",
            "ls a || ls b\n",
            "cat <<EOF\nor\nEOF\nls\n",
            "# On Ubuntu\napt x\n# then restart\nls\n",
            "# order matters\nls a\nls b\n",
            "# for docker and helm charts, list all\nls\n# for aws accounts in use\nls\n",
            "or\n",
        ] {
            assert_eq!(alternatives(text), None, "{text:?}");
        }
    }
}
