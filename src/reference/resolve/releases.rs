//! Helm releases: each revision is a Secret (or, as a setting of Helm, a `ConfigMap`) whose labels say of which release.
//!
//! Only the labels are asked for. What a release holds is nobody's business here.

use std::collections::BTreeMap;

use crate::model::{Unavailable, World};
use crate::reference::problem::Problem;
use crate::reference::subject::{Making, Presence, Reference, ReleaseName};

use super::{Resolver, Verdict, suggestions};

/// The revisions of the releases of a namespace, by name.
type Releases = BTreeMap<String, Vec<u64>>;

impl<W: World> Resolver<'_, W> {
    pub(super) async fn release(&mut self, reference: &Reference, release: &ReleaseName) -> Result<Verdict, Verdict> {
        let namespace = self.place(&release.namespace)?;
        let name = release.name.known().map_err(|reason| Verdict::Unknown(reason.clone()))?.to_owned();
        let releases = self.releases(namespace.as_deref()).await.map_err(Verdict::Errored)?;
        let here = namespace.unwrap_or_default();
        let verdict = match releases.get(&name) {
            Some(revisions) => self.release_revision(reference, release, revisions),
            None if self.made.has_release(&here, &name) || reference.presence == Presence::Optional => {
                Ok(Verdict::Resolved)
            }
            None => match self.settle_by_namespace(reference, &release.namespace, Some(&here)).await {
                Some(verdict) => Ok(verdict),
                None => Ok(self.no_release(reference, (&here, &name), &releases).await),
            },
        };
        if reference.removes {
            self.made.add(Making::Release { namespace: Some(here), name }, "");
        }
        verdict
    }

    fn release_revision(
        &self,
        reference: &Reference,
        release: &ReleaseName,
        revisions: &[u64],
    ) -> Result<Verdict, Verdict> {
        let Some(revision) = &release.revision else { return Ok(Verdict::Resolved) };
        let text = revision.known().map_err(|reason| Verdict::Unknown(reason.clone()))?;
        if text.is_empty() {
            // A param that whoever runs this will give a value.
            return Err(Verdict::Unknown(crate::reference::Unknown::Computed));
        }
        if reference.presence == Presence::Optional || revisions.iter().any(|known| known.to_string() == text) {
            return Ok(Verdict::Resolved);
        }
        let shown: Vec<String> = revisions.iter().map(u64::to_string).collect();
        let before = revisions.iter().rev().nth(1);
        let message = format!("release \"{}\" has no revision {text}", release.name.text);
        let problem = Problem::drifted("missing-revision", revision.span, reference.command, message)
            .expected(format!("revision {text}"))
            .actual(suggestions::there_are("revisions", &shown))
            .help(before.map(|before| format!("the one before the present one is {before}")));
        Ok(Verdict::Drifted(Box::new(problem)))
    }

    async fn no_release(&mut self, reference: &Reference, (here, name): (&str, &str), releases: &Releases) -> Verdict {
        let names: Vec<String> = releases.keys().cloned().collect();
        let near = suggestions::near(name, &names).map(|close| format!("did you mean {close}?"));
        let help = match near {
            Some(near) => Some(near),
            None => self.other_place(here, name).await.map(|place| format!("there is one in namespace \"{place}\"")),
        };
        let message = format!("no Helm release \"{name}\" in namespace \"{here}\"");
        let problem = Problem::drifted("missing-release", reference.subject.span(), reference.command, message);
        let actual = suggestions::there_are("releases", &names);
        Verdict::Drifted(Box::new(problem.expected(format!("release {name}")).actual(actual).help(help)))
    }

    /// Returns a namespace that has a release of this name, as far as anybody may look.
    async fn other_place(&mut self, here: &str, name: &str) -> Option<String> {
        let secrets = self.answers.kind("secrets").await.ok()??;
        let everywhere = self.answers.list(&secrets, None).await.ok()?;
        let is_it = |labels: &BTreeMap<String, String>| of_release(labels).is_some_and(|(release, _)| release == name);
        let found = everywhere.iter().find(|secret| is_it(&secret.labels) && secret.namespace.as_deref() != Some(here));
        found?.namespace.clone()
    }

    /// Returns the releases of a namespace. Who may list neither Secrets nor what Helm keeps elsewhere cannot tell.
    async fn releases(&mut self, namespace: Option<&str>) -> Result<Releases, Unavailable> {
        let mut releases = Releases::new();
        for word in ["secrets", "configmaps"] {
            let Some(kind) = self.answers.kind(word).await? else { continue };
            let objects = match self.answers.list(&kind, namespace).await {
                Ok(objects) => objects,
                Err(reason) if word == "secrets" => return Err(reason),
                Err(_) => continue,
            };
            for (name, revision) in objects.iter().filter_map(|object| of_release(&object.labels)) {
                releases.entry(name.to_owned()).or_default().push(revision);
            }
        }
        releases.values_mut().for_each(|revisions| revisions.sort_unstable());
        Ok(releases)
    }

    /// Says that something exists from here on. A release that is there already brings nothing that is not.
    pub(super) async fn make(&mut self, making: Making) {
        let default = self.answers.world.namespace();
        if let Making::Release { namespace, name } = &making {
            let here = namespace.as_deref().unwrap_or(default).to_owned();
            if self.releases(Some(&here)).await.is_ok_and(|releases| releases.contains_key(name)) {
                return;
            }
            self.made.will_fill(here, name.clone());
        }
        self.made.add(making, default);
    }
}

/// Returns the release and the revision that the labels of an object speak of.
fn of_release(labels: &BTreeMap<String, String>) -> Option<(&str, u64)> {
    (labels.get("owner")? == "helm").then_some(())?;
    Some((labels.get("name")?, labels.get("version")?.parse().ok()?))
}
