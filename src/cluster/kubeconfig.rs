//! The kubeconfig: the user's, read as kubectl reads it, and those we write for child processes.

use std::path::PathBuf;

use kube::config::{KubeConfigOptions, Kubeconfig, NamedContext};
use serde_json::{Value, json};

use super::gate::{GateError, GateOptions};
use super::upstream::causes;
use crate::recording::ClusterHead;
use crate::sys::{Environment, files};

/// A context as the user's kubeconfig names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Context {
    pub(crate) name: String,
    pub(crate) cluster: String,
    pub(crate) user: Option<String>,
    pub(crate) namespace: Option<String>,
}

/// Where the settings for a connection come from.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// Kubeconfig files, merged.
    Files(Box<Kubeconfig>),
    /// The service account of the pod we run in.
    Pod,
    /// A recording: there is no connection.
    Recording,
}

/// All contexts, and which of them the gate was opened for.
#[derive(Debug, Clone)]
pub(crate) struct Contexts {
    pub(crate) origin: Origin,
    pub(crate) all: Vec<Context>,
    pub(crate) target: usize,
    /// The kubeconfig files that were looked for.
    pub(crate) looked: Vec<PathBuf>,
}

/// Where distributions leave an administrator's kubeconfig on their nodes, and where a pod finds its token.
const ELSEWHERE: &[&str] = &[
    "/etc/kubernetes/admin.conf",
    "/etc/kubernetes/super-admin.conf",
    "/etc/rancher/k3s/k3s.yaml",
    "/etc/rancher/rke2/rke2.yaml",
    "/var/lib/k0s/pki/admin.conf",
    "/var/run/secrets/kubernetes.io/serviceaccount",
];

/// The name under which children see the cluster that a pod runs in.
const IN_CLUSTER: &str = "in-cluster";

impl Contexts {
    /// Reads what the options name: a file, `$KUBECONFIG`, `~/.kube/config`, or the pod's own service account.
    pub(crate) fn read(options: &GateOptions) -> Result<Self, GateError> {
        let (kubeconfig, looked) = read_files(options)?;
        let named = |context: &NamedContext| {
            let inner = context.context.clone().unwrap_or_default();
            let namespace = inner.namespace.filter(|namespace| !namespace.is_empty());
            Context { name: context.name.clone(), cluster: inner.cluster, user: inner.user, namespace }
        };
        let all: Vec<Context> = kubeconfig.contexts.iter().map(named).collect();
        let wanted = options.context.clone().or_else(|| kubeconfig.current_context.clone());
        match wanted {
            _ if all.is_empty() && is_in_pod(&options.environment) => Ok(Self::of_pod(options)),
            _ if all.is_empty() && options.context.is_none() => Err(GateError::NoKubeconfig { looked }),
            None => Err(GateError::NoCurrentContext { known: all.into_iter().map(|context| context.name).collect() }),
            Some(name) => match all.iter().position(|context| context.name == name) {
                Some(target) => Ok(Self { origin: Origin::Files(Box::new(kubeconfig)), all, target, looked }),
                None => Err(GateError::UnknownContext {
                    name,
                    known: all.into_iter().map(|context| context.name).collect(),
                }),
            },
        }
    }

    fn of_pod(options: &GateOptions) -> Self {
        let name = options.context.clone().unwrap_or_else(|| IN_CLUSTER.to_owned());
        let context = Context { name, cluster: IN_CLUSTER.to_owned(), user: None, namespace: None };
        Self { origin: Origin::Pod, all: vec![context], target: 0, looked: Vec::new() }
    }

    /// Returns the contexts there were when a recording was made; the target must be the one it was made of.
    pub(crate) fn recorded(cluster: &ClusterHead, options: &GateOptions) -> Result<Self, GateError> {
        if let Some(name) = options.context.as_ref().filter(|name| **name != cluster.context) {
            return Err(GateError::UnknownContext { name: name.clone(), known: vec![cluster.context.clone()] });
        }
        let context =
            |name: &String| Context { name: name.clone(), cluster: name.clone(), user: None, namespace: None };
        let all: Vec<Context> = cluster.contexts.iter().map(context).collect();
        let target = all.iter().position(|context| context.name == cluster.context);
        let target = target.ok_or(GateError::NoCurrentContext { known: cluster.contexts.clone() })?;
        Ok(Self { origin: Origin::Recording, all, target, looked: Vec::new() })
    }

    /// Returns the settings for a connection to the cluster of one context.
    pub(crate) async fn settings(&self, index: usize) -> Result<kube::Config, String> {
        let name = self.all.get(index).map(|context| context.name.clone());
        match &self.origin {
            Origin::Recording => Err("a recording has no connection".to_owned()),
            Origin::Pod => kube::Config::incluster().map_err(|error| causes(&error)),
            Origin::Files(kubeconfig) => {
                let options = KubeConfigOptions { context: name, ..KubeConfigOptions::default() };
                let settings = kube::Config::from_custom_kubeconfig(kubeconfig.as_ref().clone(), &options);
                settings.await.map(with_bare_token).map_err(|error| causes(&error))
            }
        }
    }

    /// Returns the files that lead to a cluster without the gate, whether they are there or not.
    pub(crate) fn credentials(&self, environment: &Environment) -> Vec<PathBuf> {
        let usual = environment.get("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
        let known = ELSEWHERE.iter().map(PathBuf::from).chain(usual);
        let named = match &self.origin {
            Origin::Pod | Origin::Recording => Vec::new(),
            Origin::Files(kubeconfig) => {
                kubeconfig.auth_infos.iter().filter_map(|user| user.auth_info.as_ref()).collect()
            }
        };
        let named = named.into_iter().flat_map(|user| [&user.client_key, &user.token_file]).flatten();
        self.looked.iter().cloned().chain(known).chain(named.map(PathBuf::from)).collect()
    }

    /// Returns the proxy that the kubeconfig names for the cluster of one context.
    pub(crate) fn proxy(&self, index: usize) -> Option<&str> {
        let Origin::Files(kubeconfig) = &self.origin else { return None };
        let name = &self.all.get(index)?.cluster;
        let named = kubeconfig.clusters.iter().find(|cluster| cluster.name == *name)?;
        named.cluster.as_ref()?.proxy_url.as_deref()
    }

    /// Returns the credential plugin that the kubeconfig names for the user of one context.
    pub(crate) fn plugin(&self, index: usize) -> Option<&str> {
        let Origin::Files(kubeconfig) = &self.origin else { return None };
        let name = self.all.get(index)?.user.as_ref()?;
        let named = kubeconfig.auth_infos.iter().find(|user| user.name == *name)?;
        named.auth_info.as_ref()?.exec.as_ref()?.command.as_deref()
    }

    /// Returns the kubeconfig for children: every context by its own name, pointed at `base/INDEX`.
    ///
    /// It holds no credentials but `base`. Clusters keep their names too, but one that several contexts share is one
    /// door per context.
    pub(crate) fn for_children(&self, base: &str, namespace: &str) -> Value {
        let mut clusters: Vec<(String, Value)> = Vec::new();
        let mut contexts = Vec::new();
        for (index, context) in self.all.iter().enumerate() {
            let taken = clusters.iter().any(|(name, _)| *name == context.cluster);
            let cluster = if taken { format!("{}/{}", context.cluster, context.name) } else { context.cluster.clone() };
            clusters.push((cluster.clone(), json!({ "server": format!("{base}/{index}") })));
            let namespace = if index == self.target { Some(namespace) } else { context.namespace.as_deref() };
            let mut inner = json!({ "cluster": cluster, "user": context.user.clone().unwrap_or_default() });
            if let Some(namespace) = namespace {
                inner["namespace"] = namespace.into();
            }
            contexts.push(json!({ "name": context.name, "context": inner }));
        }
        let mut users: Vec<&String> = self.all.iter().filter_map(|context| context.user.as_ref()).collect();
        users.sort();
        users.dedup();
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": clusters.into_iter().map(|(name, cluster)| json!({ "name": name, "cluster": cluster })).collect::<Vec<_>>(),
            "users": users.into_iter().map(|name| json!({ "name": name, "user": {} })).collect::<Vec<_>>(),
            "contexts": contexts,
            "current-context": self.all.get(self.target).map(|context| &context.name),
        })
    }
}

/// Takes the line break off a token that stands in a file: kubectl does so, and no header may hold one.
fn with_bare_token(mut settings: kube::Config) -> kube::Config {
    let file = settings.auth_info.token_file.as_ref().filter(|_| settings.auth_info.token.is_none());
    let text = file.and_then(|file| files::read_text(std::path::Path::new(file)).ok());
    if let Some(text) = text.filter(|text| text.trim() != text) {
        settings.auth_info.token = Some(text.trim().to_owned().into());
    }
    settings
}

/// Reads and merges the files; the first that sets a name wins. A file of a list that is not there is skipped, as kubectl
/// does. Returns also where was looked.
fn read_files(options: &GateOptions) -> Result<(Kubeconfig, Vec<PathBuf>), GateError> {
    if let Some(path) = &options.kubeconfig {
        let path = options.environment.directory().join(path);
        return Ok((read_file(&path)?, vec![path]));
    }
    let looked = usual_places(&options.environment);
    let mut merged = Kubeconfig::default();
    for path in looked.iter().filter(|path| files::exists(path)) {
        let next = read_file(path)?;
        merged =
            merged.merge(next).map_err(|error| GateError::Kubeconfig { path: path.clone(), cause: causes(&error) })?;
    }
    Ok((merged, looked))
}

fn read_file(path: &std::path::Path) -> Result<Kubeconfig, GateError> {
    let read = Kubeconfig::read_from(path);
    let mut kubeconfig =
        read.map_err(|error| GateError::Kubeconfig { path: path.to_owned(), cause: causes(&error) })?;
    kubeconfig.current_context = kubeconfig.current_context.filter(|name| !name.is_empty());
    Ok(kubeconfig)
}

fn usual_places(environment: &Environment) -> Vec<PathBuf> {
    let listed = environment.get("KUBECONFIG").unwrap_or_default();
    let listed = std::env::split_paths(listed).filter(|path| !path.as_os_str().is_empty());
    let listed: Vec<PathBuf> = listed.map(|path| environment.directory().join(path)).collect();
    if !listed.is_empty() {
        return listed;
    }
    environment.get("HOME").map(|home| PathBuf::from(home).join(".kube/config")).into_iter().collect()
}

fn is_in_pod(environment: &Environment) -> bool {
    let set = |name| environment.get(name).is_some_and(|value: &str| !value.is_empty());
    set("KUBERNETES_SERVICE_HOST") && set("KUBERNETES_SERVICE_PORT")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(folder: &std::path::Path, variables: &[(&str, String)]) -> GateOptions {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        GateOptions::of(Environment::of(variables, folder))
    }

    fn kubeconfig(current: &str, contexts: &[&str]) -> String {
        let context =
            |name: &&str| format!("- {{name: {name}, context: {{cluster: one, user: me, namespace: ns-{name}}}}}\n");
        let contexts: String = contexts.iter().map(context).collect();
        format!(
            "current-context: {current}\nclusters:\n- {{name: one, cluster: {{server: \"http://127.0.0.1:1\"}}}}\ncontexts:\n{contexts}"
        )
    }

    #[test]
    fn files_of_a_list_are_merged_and_missing_ones_skipped() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("a"), kubeconfig("\"\"", &["a"]).as_bytes()).unwrap();
        files::write(&folder.path().join("b"), kubeconfig("b", &["b", "a"]).as_bytes()).unwrap();
        let contexts = Contexts::read(&options(folder.path(), &[("KUBECONFIG", "a:missing::b".to_owned())])).unwrap();
        assert_eq!(contexts.all.iter().map(|context| context.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(contexts.target, 1);
    }

    #[test]
    fn no_kubeconfig_is_told_from_a_broken_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let nowhere = Contexts::read(&options(folder.path(), &[("HOME", home.clone())])).unwrap_err();
        assert!(nowhere.is_absence(), "{nowhere}");
        files::write(&folder.path().join(".kube/config"), b"contexts: 7").unwrap();
        let broken = Contexts::read(&options(folder.path(), &[("HOME", home)])).unwrap_err();
        assert!(matches!(broken, GateError::Kubeconfig { .. }) && !broken.is_absence(), "{broken}");
        let mut named = options(folder.path(), &[]);
        named.kubeconfig = Some("missing".into());
        assert!(matches!(Contexts::read(&named), Err(GateError::Kubeconfig { .. })));
    }

    #[test]
    fn an_unknown_context_names_those_that_exist() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("a"), kubeconfig("a", &["a", "prod"]).as_bytes()).unwrap();
        let mut options = options(folder.path(), &[("KUBECONFIG", "a".to_owned())]);
        options.context = Some("prd".to_owned());
        let error = Contexts::read(&options).unwrap_err().to_string();
        assert_eq!(error, "no context `prd` in the kubeconfig; there are: a, prod");
    }

    #[test]
    fn children_see_every_context_and_no_credentials() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("a"), kubeconfig("prod", &["a", "prod"]).as_bytes()).unwrap();
        let contexts = Contexts::read(&options(folder.path(), &[("KUBECONFIG", "a".to_owned())])).unwrap();
        let written = contexts.for_children("http://127.0.0.1:9/s", "shop");
        assert_eq!(written["clusters"][0]["cluster"]["server"], "http://127.0.0.1:9/s/0");
        assert_eq!(written["clusters"][1]["name"], "one/prod");
        assert_eq!(written["contexts"][0]["context"]["namespace"], "ns-a");
        assert_eq!(written["contexts"][1]["context"]["namespace"], "shop");
        assert_eq!(written["current-context"], "prod");
        assert_eq!(written["users"], json!([{ "name": "me", "user": {} }]));
    }
}
