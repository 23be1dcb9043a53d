//! What an API server serves, from its discovery documents: the aggregated form, or the one document per group version
//! that servers before 1.27 and some aggregated servers have.

use serde::Deserialize;

use super::answer::null_is_nothing;
use crate::model::ResourceKind;

/// Asks for the aggregated form, and takes the old one.
pub(crate) const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Everything that is served, and the group versions that exist but said nothing: their server is down.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Discovered {
    pub(crate) kinds: Vec<ResourceKind>,
    pub(crate) silent: Vec<String>,
}

/// What `/api` or `/apis` answers, in either form.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum Root {
    /// The aggregated form.
    #[serde(rename = "APIGroupDiscoveryList")]
    Aggregated {
        #[serde(default, deserialize_with = "null_is_nothing")]
        items: Vec<AggregatedGroup>,
    },
    /// The old form of `/api`.
    #[serde(rename = "APIVersions")]
    Versions {
        #[serde(default, deserialize_with = "null_is_nothing")]
        versions: Vec<String>,
    },
    /// The old form of `/apis`.
    #[serde(rename = "APIGroupList")]
    Groups {
        #[serde(default, deserialize_with = "null_is_nothing")]
        groups: Vec<LegacyGroup>,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct AggregatedGroup {
    #[serde(default)]
    metadata: Named,
    #[serde(default, deserialize_with = "null_is_nothing")]
    versions: Vec<AggregatedVersion>,
}

#[derive(Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedVersion {
    version: String,
    #[serde(default, deserialize_with = "null_is_nothing")]
    resources: Vec<AggregatedResource>,
    #[serde(default)]
    freshness: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AggregatedResource {
    resource: String,
    #[serde(default)]
    response_kind: Option<ResponseKind>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    singular_resource: String,
    #[serde(default, deserialize_with = "null_is_nothing")]
    verbs: Vec<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    short_names: Vec<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    categories: Vec<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    subresources: Vec<AggregatedSubresource>,
}

#[derive(Debug, Deserialize)]
struct ResponseKind {
    #[serde(default)]
    kind: String,
}

#[derive(Debug, Deserialize)]
struct AggregatedSubresource {
    subresource: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LegacyGroup {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, deserialize_with = "null_is_nothing")]
    pub(crate) versions: Vec<LegacyVersion>,
    #[serde(default, rename = "preferredVersion")]
    pub(crate) preferred: Option<LegacyVersion>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LegacyVersion {
    pub(crate) version: String,
}

impl LegacyGroup {
    /// Returns its versions, the preferred one first.
    pub(crate) fn ordered(self) -> Vec<String> {
        let preferred = self.preferred.map(|preferred| preferred.version);
        let mut versions: Vec<String> = self.versions.into_iter().map(|version| version.version).collect();
        versions.sort_by_key(|version| Some(version) != preferred.as_ref());
        versions
    }
}

/// What `/apis/GROUP/VERSION` answers in the old form.
#[derive(Debug, Deserialize)]
pub(crate) struct LegacyResources {
    #[serde(default, deserialize_with = "null_is_nothing")]
    resources: Vec<LegacyResource>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LegacyResource {
    name: String,
    #[serde(default)]
    singular_name: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    kind: String,
    #[serde(default, deserialize_with = "null_is_nothing")]
    verbs: Vec<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    short_names: Vec<String>,
    #[serde(default, deserialize_with = "null_is_nothing")]
    categories: Vec<String>,
}

impl Discovered {
    /// Adds the groups of an aggregated document.
    pub(crate) fn add_aggregated(&mut self, groups: Vec<AggregatedGroup>) {
        for AggregatedGroup { metadata, versions } in groups {
            for AggregatedVersion { version, resources, freshness } in versions {
                if freshness == "Stale" {
                    self.silent.push(api_version(&metadata.name, &version));
                }
                self.kinds.extend(resources.into_iter().map(|resource| resource.kind(&metadata.name, &version)));
            }
        }
    }

    /// Adds one group version of the old form.
    pub(crate) fn add_legacy(&mut self, group: &str, version: &str, document: LegacyResources) {
        let (parts, whole): (Vec<_>, Vec<_>) =
            document.resources.into_iter().partition(|resource| resource.name.contains('/'));
        for resource in whole {
            let own = parts.iter().filter_map(|part| part.name.strip_prefix(resource.name.as_str())?.strip_prefix('/'));
            let subresources = own.map(ToOwned::to_owned).collect();
            let LegacyResource { name, singular_name, namespaced, kind, verbs, short_names, categories } = resource;
            let singular = singular_or(singular_name, &kind);
            let (group, version) = (group.to_owned(), version.to_owned());
            let plural = name;
            self.kinds.push(ResourceKind {
                group,
                version,
                kind,
                plural,
                singular,
                short_names,
                categories,
                namespaced,
                verbs,
                subresources,
            });
        }
    }
}

impl AggregatedResource {
    fn kind(self, group: &str, version: &str) -> ResourceKind {
        let kind = self.response_kind.map(|response| response.kind).unwrap_or_default();
        ResourceKind {
            group: group.to_owned(),
            version: version.to_owned(),
            singular: singular_or(self.singular_resource, &kind),
            kind,
            plural: self.resource,
            short_names: self.short_names,
            categories: self.categories,
            namespaced: self.scope == "Namespaced",
            verbs: self.verbs,
            subresources: self.subresources.into_iter().map(|part| part.subresource).collect(),
        }
    }
}

/// Servers before 1.27 leave the singular of their own kinds empty; kubectl takes the kind in lower case then.
fn singular_or(singular: String, kind: &str) -> String {
    if singular.is_empty() { kind.to_lowercase() } else { singular }
}

/// Returns `apps/v1`, or `v1` for the core group.
pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// Returns the path under which a group version is served.
pub(crate) fn api_path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment() -> ResourceKind {
        ResourceKind {
            group: "apps".into(),
            version: "v1".into(),
            kind: "Deployment".into(),
            plural: "deployments".into(),
            singular: "deployment".into(),
            short_names: vec!["deploy".into()],
            categories: vec!["all".into()],
            namespaced: true,
            verbs: vec!["get".into()],
            subresources: vec!["scale".into()],
        }
    }

    #[test]
    fn both_forms_tell_the_same() {
        let aggregated = json!({ "kind": "APIGroupDiscoveryList", "items": [{ "metadata": { "name": "apps" }, "versions": [{
            "version": "v1", "freshness": "Current", "resources": [{
                "resource": "deployments", "responseKind": { "group": "apps", "version": "v1", "kind": "Deployment" },
                "scope": "Namespaced", "singularResource": "deployment", "verbs": ["get"], "shortNames": ["deploy"],
                "categories": ["all"], "subresources": [{ "subresource": "scale" }] }] }] }] });
        let mut one = Discovered::default();
        match serde_json::from_value(aggregated).unwrap() {
            Root::Aggregated { items } => one.add_aggregated(items),
            other => panic!("{other:?}"),
        }
        let legacy = json!({ "kind": "APIResourceList", "groupVersion": "apps/v1", "resources": [
            { "name": "deployments", "singularName": "", "namespaced": true, "kind": "Deployment", "verbs": ["get"],
              "shortNames": ["deploy"], "categories": ["all"] },
            { "name": "deployments/scale", "singularName": "", "namespaced": true, "kind": "Scale", "verbs": ["get"] }] });
        let mut other = Discovered::default();
        other.add_legacy("apps", "v1", serde_json::from_value(legacy).unwrap());
        assert_eq!(one.kinds, [deployment()]);
        assert_eq!(one, other);
    }

    #[test]
    fn a_group_whose_server_is_down_is_not_taken_for_an_empty_one() {
        let stale = json!({ "kind": "APIGroupDiscoveryList", "items": [{ "metadata": { "name": "metrics.k8s.io" },
            "versions": [{ "version": "v1beta1", "freshness": "Stale" }] }] });
        let mut discovered = Discovered::default();
        if let Root::Aggregated { items } = serde_json::from_value(stale).unwrap() {
            discovered.add_aggregated(items);
        }
        assert_eq!(discovered.silent, ["metrics.k8s.io/v1beta1"]);
    }

    #[test]
    fn the_preferred_version_comes_first() {
        let group = json!({ "name": "x", "versions": [{ "version": "v1beta1" }, { "version": "v1" }], "preferredVersion": { "version": "v1" } });
        let group: LegacyGroup = serde_json::from_value(group).unwrap();
        assert_eq!(group.ordered(), ["v1", "v1beta1"]);
    }
}
