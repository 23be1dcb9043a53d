//! Mermaid texts as pictures, drawn while the site is made.
//!
//! A picture is a file of its own that a page shows as an image: there it runs nothing and asks nobody for anything, and
//! the page's policy need not allow its styles. The same text gives the same bytes on every machine and on every day.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use merman::svg::SvgPipeline;
use merman::{
    Engine, MermaidConfig, OperationControl, ParseOptions, RenderOutput, RenderRequest, Renderer, SvgRequest,
};

use crate::model::{Runbook, fingerprint};

/// The language of the blocks that are drawn.
pub(crate) const LANGUAGE: &str = "mermaid";

/// Pictures by their text.
type Pictures = BTreeMap<String, OnceLock<Result<Picture, String>>>;

/// The pictures of a site. The texts are looked for when the first is asked for, and each is drawn once.
#[derive(Debug)]
pub(crate) struct Diagrams<'a> {
    runbooks: &'a [Runbook],
    pictures: OnceLock<Pictures>,
}

/// A text that was drawn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    /// Where it stands, as a path below the site's root.
    pub(crate) path: String,
    /// The SVG.
    pub(crate) svg: String,
    /// Its width in CSS pixels.
    pub(crate) width: u32,
    /// Its height in CSS pixels.
    pub(crate) height: u32,
    /// What it is called, if its text says so: `accTitle: …`, or the `title` of its front matter.
    pub(crate) title: Option<String>,
}

impl<'a> Diagrams<'a> {
    /// Has none drawn yet.
    pub(crate) const fn new(runbooks: &'a [Runbook]) -> Self {
        Self { runbooks, pictures: OnceLock::new() }
    }

    /// Returns the texts that are drawn.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.pictures().keys().map(String::as_str)
    }

    /// Returns the picture of a text, or why it cannot be drawn. Of a text that is not known there is neither.
    pub(crate) fn get(&self, text: &str) -> Option<Result<&Picture, &str>> {
        let drawn = self.pictures().get(text)?.get_or_init(|| draw(text));
        Some(drawn.as_ref().map_err(String::as_str))
    }

    fn pictures(&self) -> &Pictures {
        self.pictures.get_or_init(|| {
            let blocks = self.runbooks.iter().flat_map(|runbook| &runbook.blocks);
            let texts = blocks.filter(|block| block.role.is_none() && block.language.as_deref() == Some(LANGUAGE));
            texts.map(|block| (block.code.text().to_owned(), OnceLock::new())).collect()
        })
    }
}

/// Returns where the picture of a text stands.
pub(crate) fn path(text: &str) -> String {
    format!("diagrams/{}.svg", &fingerprint(text.as_bytes())[..12])
}

fn draw(text: &str) -> Result<Picture, String> {
    // Whatever is wrong with a text is said at its line; a build does not end for a picture.
    let svg = catch_unwind(AssertUnwindSafe(|| render(text))).map_err(|_| "it cannot be laid out".to_owned())??;
    let (svg, (width, height)) = sized(&svg).ok_or("it has no size")?;
    Ok(Picture { path: path(text), svg, width, height, title: title(text) })
}

fn render(text: &str) -> Result<String, String> {
    let look = serde_json::json!({ "theme": "neutral", "look": "classic", "fontFamily": "Arial, Helvetica, sans-serif", "htmlLabels": false });
    let engine = Engine::new().with_site_config(MermaidConfig::from_value(look));
    let renderer = Renderer::new().with_engine(engine).with_parse_options(ParseOptions::strict());
    // What this leaves in a picture names nothing outside it.
    let request = SvgRequest { pipeline: Some(SvgPipeline::resvg_safe()), ..SvgRequest::default() };
    match renderer.render(RenderRequest::svg(text, OperationControl::new(), request)) {
        Ok(RenderOutput::Svg(Some(output))) => Ok(output.svg().to_owned()),
        Ok(_) => Err("no kind of diagram that can be drawn is named in its first line".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Gives a picture the size of what it shows, rounded up to whole pixels; drawn, it fills whatever shows it.
fn sized(svg: &str) -> Option<(String, (u32, u32))> {
    let end = svg.find('>')?;
    let (opening, rest) = svg.split_at(end);
    let (_, viewed) = opening.split_once(" viewBox=\"")?;
    let (viewed, _) = viewed.split_once('"')?;
    let numbers: Vec<f64> = viewed.split([' ', ',']).filter_map(|number| number.parse().ok()).collect();
    let &[_, _, width, height] = numbers.as_slice() else { return None };
    let (width, height) = (pixels(width)?, pixels(height)?);
    let opening = opening.replacen(" width=\"100%\"", &format!(" width=\"{width}\" height=\"{height}\""), 1);
    Some((opening + rest, (width, height)))
}

/// Returns a length in whole pixels; one that nobody could look at is none.
fn pixels(length: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    (1.0..100_000.0).contains(&length).then(|| length.ceil() as u32)
}

/// Returns what a text calls its diagram.
fn title(text: &str) -> Option<String> {
    let named = |line: &str| {
        let line = line.trim();
        let title = line.strip_prefix("accTitle:").or_else(|| line.strip_prefix("title:"))?;
        Some(title.trim().trim_matches(['"', '\'']).to_owned())
    };
    text.lines().find_map(named).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "flowchart TD\n  A[Alert] --> B{Up?}\n  B -->|no| C[Page the owner]\n";

    #[test]
    fn a_text_becomes_a_picture_of_its_size() {
        let picture = draw(FLOW).unwrap();
        assert!(picture.svg.contains("owner"));
        let opening = format!("width=\"{}\" height=\"{}\"", picture.width, picture.height);
        assert!(picture.svg.starts_with("<svg ") && picture.svg[..200].contains(&opening), "{}", &picture.svg[..200]);
        assert_eq!(picture, draw(FLOW).unwrap());
    }

    #[test]
    fn the_kinds_that_runbooks_have_are_drawn() {
        for text in [
            "graph LR\n  A & B --> C[(Database)]\n  C -. replicates .-> D",
            "sequenceDiagram\n  autonumber\n  participant O as On-call\n  O->>K: undo\n  K-->>O: done\n  Note over O,K: wait",
            "stateDiagram-v2\n  [*] --> Open\n  Open --> Done: fix\n  Done --> [*]",
            "classDiagram\n  class Pod {\n    +name\n  }\n  Pod <|-- Job",
            "erDiagram\n  ORDER ||--o{ ITEM : has",
            "gantt\n  title R\n  dateFormat YYYY-MM-DD\n  section S\n  Canary :a, 2026-01-01, 3d",
            "timeline\n  title T\n  09.00 : alert",
            "journey\n  title J\n  section S\n    Ack: 3: me",
            "pie title P\n  \"a\" : 2\n  \"b\" : 1",
            "gitGraph\n  commit\n  branch fix\n  commit",
            "mindmap\n  root((Outage))\n    Network",
        ] {
            assert!(draw(text).is_ok(), "{text}: {:?}", draw(text).err());
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for text in ["flowchart TD\n  A[open --> B\n", "nonsense\n", "", "sequenceDiagram\n  A->>\n"] {
            assert!(!draw(text).unwrap_err().is_empty(), "{text}");
        }
    }

    #[test]
    fn a_picture_runs_nothing_and_asks_nobody() {
        let evil = "flowchart TD\n  A[\"<script>alert(1)</script><img src='https://evil.example/x' onerror=alert(2)>\"] --> B\n  \
                    click A href \"javascript:alert(3)\"\n  click B \"https://evil.example/y\"\n  style B fill:url(https://evil.example/z)\n";
        let svg = draw(evil).map(|picture| picture.svg).unwrap_or_default();
        for part in ["<script", " onerror=\"", "href=\"java", "url(http", "<foreignObject", "<image"] {
            let found = svg.find(part).map(|at| &svg[at..svg.len().min(at + 100)]);
            assert_eq!(found, None, "{part}");
        }
    }

    #[test]
    fn a_diagram_is_called_what_its_text_says() {
        assert_eq!(title("flowchart TD\n  accTitle: How to decide\n  A-->B"), Some("How to decide".to_owned()));
        assert_eq!(title("---\ntitle: \"On call\"\n---\ngraph TD\n A-->B"), Some("On call".to_owned()));
        assert_eq!(title("graph TD\n A[title]-->B"), None);
    }
}
