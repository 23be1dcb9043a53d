//! Whose rights the actions of a runbook are held against, when the identity that verifies may only read.

use serde_json::Value as Json;

use crate::cluster::Cluster;
use crate::harness::Collection;

const RUNBOOK: &str = "# Restart\n\n```bash action risk=low\nkubectl -n rights rollout restart deployment/web\n```\n";

struct Asked {
    collection: Collection,
}

impl Asked {
    fn planted() -> Self {
        let cluster = Cluster::shared();
        cluster.namespace("rights");
        for words in [
            "create deployment web --image=web",
            "create rolebinding looks --clusterrole=restricted --serviceaccount=default:restricted",
            "create serviceaccount deployer",
            "create role deployer --verb=get,patch --resource=deployments.apps",
            "create rolebinding deployer --role=deployer --serviceaccount=rights:deployer",
        ] {
            cluster.kubectl(&["-n", "rights"].into_iter().chain(words.split(' ')).collect::<Vec<_>>());
        }
        Self { collection: Collection::empty().with("content/restart.md", RUNBOOK) }
    }

    /// Returns what was found with these settings of the target, by an identity that may only read.
    fn verify(&self, settings: &str, exit: i32) -> (Json, String) {
        self.collection.write("runbooks.toml", &format!("[target.shop]\n{settings}\n"));
        let run = self.collection.run("verify --format json");
        let done = run.env("KUBECONFIG", Cluster::shared().restricted_kubeconfig()).done().exits(exit);
        let result: Json =
            serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{done}"));
        (result["runbooks"][0].clone(), done.stderr)
    }
}

#[test]
fn the_target_says_whose_rights_count() {
    let asked = Asked::planted();
    let told = |runbook: &Json| runbook["steps"][0]["findings"][0]["message"].as_str().unwrap_or_default().to_owned();

    let (own, _) = asked.verify("", 1);
    assert_eq!(own["steps"][0]["findings"][0]["rule"], "forbidden", "{own:#}");
    assert!(told(&own).contains("serviceaccount:default:restricted\" may not patch deployments.apps"), "{own:#}");

    let (off, said) = asked.verify("rights = 'off'", 0);
    assert_eq!((&off["steps"][0]["outcome"], &off["references"]["unknown"]), (&"passed".into(), &0.into()), "{off:#}");
    assert!(!said.contains("unknown"), "{said}");
    let untried = |runbook: &Json| {
        let reason = runbook["steps"][0]["reason"].as_str().unwrap_or_default();
        reason.ends_with("this identity may not ask the server whether it would accept the change")
    };
    assert!(untried(&off), "{off:#}");

    let act_as = "act_as = 'serviceaccount:rights/deployer'";
    let (discreet, said) = asked.verify(act_as, 0);
    assert_eq!((&discreet["references"]["drifted"], &discreet["references"]["unknown"]), (&0.into(), &1.into()));
    assert_eq!(said.matches("what \"serviceaccount:rights/deployer\" may do is unknown").count(), 1, "{said}");

    let delegator = ["create", "clusterrolebinding", "rights", "--clusterrole=system:auth-delegator"];
    Cluster::shared().kubectl(&[&delegator[..], &["--serviceaccount=default:restricted"]].concat());
    let (deployer, said) = asked.verify(act_as, 0);
    assert_eq!(deployer["steps"][0]["outcome"], "passed", "{deployer:#}");
    assert!(!said.contains("unknown"), "{said}");
    assert!(untried(&deployer), "{deployer:#}");
    for words in [
        "create clusterrole rights-of-others --verb=impersonate --resource=serviceaccounts",
        "create clusterrolebinding rights-of-others --clusterrole=rights-of-others --serviceaccount=default:restricted",
    ] {
        Cluster::shared().kubectl(&words.split(' ').collect::<Vec<_>>());
    }
    let (tried, _) = asked.verify(act_as, 0);
    assert_eq!((&tried["steps"][0]["outcome"], untried(&tried)), (&"passed".into(), false), "{tried:#}");
    asked
        .collection
        .write("content/restart.md", &RUNBOOK.replace("rollout restart", "patch -p '{\"spec\":{\"replicas\":-1}}'"));
    let (refused, _) = asked.verify(act_as, 1);
    assert_eq!(refused["steps"][0]["findings"][0]["rule"], "refused", "{refused:#}");
    asked.collection.write("content/restart.md", RUNBOOK);
    Cluster::shared().kubectl(&["delete", "clusterrolebinding", "rights-of-others"]);
    let (nobody, _) = asked.verify("act_as = ['jane', 'group:guests']", 1);
    assert_eq!(told(&nobody), "\"jane, group:guests\" may not patch deployments.apps in namespace \"rights\"");
    Cluster::shared().kubectl(&["delete", "clusterrolebinding", "rights"]);
}
