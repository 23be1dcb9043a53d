//! The file: a line that says what it is, then a line for every answer, in an order that does not depend on the run.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Answers, ClusterAnswer, Head, Kept, Look, Question, mask};
use crate::sys::files::{self, FileError};

/// Why a recording cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A line is not what a recording holds.
    #[error("`{}` is no recording: line {line}: {cause}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: String,
    },
    /// The file is of another version of the format.
    #[error("`{}` is a recording in version {found} of the format; this program reads version {}: record again", path.display(), Head::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

/// A line behind the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    Cluster {
        cluster: Question,
        status: u16,
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        warnings: Vec<String>,
        answer: Json,
    },
    Look {
        look: Look,
        came: Json,
    },
}

impl Answers {
    /// Reads a recording.
    pub fn read(path: &Path) -> Result<(Head, Self), RecordingError> {
        #[derive(Deserialize)]
        struct Version {
            runbooks_recording: u32,
        }
        let text = files::read_text(path)?;
        let malformed = |index: usize| {
            move |error: serde_json::Error| RecordingError::Malformed {
                path: path.to_owned(),
                line: index + 1,
                cause: error.to_string(),
            }
        };
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().unwrap_or_default();
        let version: Version = serde_json::from_str(first).map_err(malformed(0))?;
        if version.runbooks_recording != Head::VERSION {
            return Err(RecordingError::Version { path: path.to_owned(), found: version.runbooks_recording });
        }
        let head = serde_json::from_str(first).map_err(malformed(0))?;
        let mut kept = Kept::default();
        for (index, line) in lines {
            match serde_json::from_str(line).map_err(malformed(index))? {
                Line::Cluster { cluster, status, warnings, answer } => {
                    kept.cluster.insert(cluster, ClusterAnswer { status, answer, warnings });
                }
                Line::Look { look, came } => {
                    kept.looks.insert(look, came);
                }
            }
        }
        Ok((head, Self { kept: kept.into() }))
    }

    /// Writes a recording; every text in it passes `redact` first.
    pub fn write(&self, head: &Head, path: &Path, redact: &dyn Fn(&str) -> String) -> Result<(), RecordingError> {
        let text = self.text(head, redact).map_err(|error| RecordingError::Malformed {
            path: path.to_owned(),
            line: 0,
            cause: error.to_string(),
        })?;
        Ok(files::write(path, text.as_bytes())?)
    }

    fn text(&self, head: &Head, redact: &dyn Fn(&str) -> String) -> Result<String, serde_json::Error> {
        let kept = self.lock();
        let cluster = kept.cluster.iter();
        let cluster = cluster.map(|(question, came)| Line::Cluster {
            cluster: question.clone(),
            status: came.status,
            warnings: came.warnings.clone(),
            answer: came.answer.clone(),
        });
        let looks = kept.looks.iter().map(|(look, came)| Line::Look { look: look.clone(), came: came.clone() });
        let mut text = String::new();
        let head = serde_json::to_value(head);
        for line in [head].into_iter().chain(cluster.chain(looks).map(serde_json::to_value)) {
            let mut line = line?;
            mask::every_text(&mut line, &|text| mask::text(&redact(text)));
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;

    fn head() -> Head {
        Head {
            runbooks_recording: Head::VERSION,
            recorded: jiff::Timestamp::UNIX_EPOCH,
            run: "r".to_owned(),
            target: "shop".to_owned(),
            cluster_version: Some("v1.36.0".to_owned()),
            cluster: None,
            kubectl: None,
            values: BTreeMap::new(),
            secrets: BTreeSet::new(),
        }
    }

    fn question(ask: &str) -> Question {
        Question { ask: ask.to_owned(), accept: "application/json".to_owned(), body: String::new() }
    }

    fn look(step: &str) -> Look {
        Look { runbook: "a".to_owned(), step: step.to_owned(), hash: "h".to_owned(), part: 0, gate: false }
    }

    #[test]
    fn what_is_written_can_be_read_back_and_its_order_is_its_own() {
        let texts = [["GET /b", "GET /a"], ["GET /a", "GET /b"]].map(|asked| {
            let answers = Answers::default();
            answers.keep_look(look("one"), json!({ "exit": 0 }));
            asked.iter().for_each(|ask| answers.keep_cluster(question(ask), None, 200, b"{\"a\":1}"));
            answers.text(&head(), &str::to_owned).unwrap()
        });
        assert_eq!(texts[0], texts[1]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording");
        files::write(&path, texts[0].as_bytes()).unwrap();
        let (read, answers) = Answers::read(&path).unwrap();
        assert_eq!(read, head());
        assert_eq!(answers.of_cluster(&question("GET /a")).unwrap().answer, json!({ "a": 1 }));
        assert_eq!(answers.of_cluster(&question("GET /c")), None);
        assert_eq!(answers.text(&head(), &str::to_owned).unwrap(), texts[0]);
    }

    #[test]
    fn every_text_passes_the_redactor() {
        let answers = Answers::default();
        answers.keep_look(look("one"), json!({ "ends": [{ "stdout": "x hunter2 y" }] }));
        answers.keep_cluster(question("GET /a"), None, 200, b"{\"a\":[\"hunter2\"]}");
        let text = answers.text(&head(), &|text| text.replace("hunter2", "[redacted]")).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 2);
    }

    #[test]
    fn what_is_no_recording_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recording");
        let read = |text: &str| {
            files::write(&path, text.as_bytes()).unwrap();
            Answers::read(&path).unwrap_err().to_string()
        };
        let first = serde_json::to_string(&head()).unwrap();
        assert!(read("").contains("line 1:"));
        assert!(read("{}").contains("line 1: missing field `runbooks_recording`"));
        assert!(read(&format!("{first}\n{{\"x\":1}}\n")).contains("line 2:"));
        assert!(read("{\"runbooks_recording\":2}").contains("version 2 of the format"));
    }
}
