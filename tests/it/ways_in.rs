//! Every way to a cluster that a kubeconfig knows, on the real API server.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::cluster::Cluster;
use crate::harness::Collection;

const PAGE: &str = "# Look\n\nSee `kubectl get namespace default`.\n\n```bash check id=looks\nkubectl get namespace default -o name\n```\n\n\
    ```text output\nnamespace/default\n```\n";

/// Writes the kubeconfigs: one for each way.
const MAKE: &str = r#"
set -eu
of() { kubectl config view --raw -o "jsonpath={$1}"; }
server=$(of '.clusters[0].cluster.server')
ca=$(of '.clusters[0].cluster.certificate-authority-data')
certificate=$(of '.users[0].user.client-certificate-data')
key=$(of '.users[0].user.client-key-data')
mkdir -p ways
echo "$ca" | base64 -d > ways/ca.pem
echo "$certificate" | base64 -d > ways/client.pem
echo "$key" | base64 -d > ways/key.pem
echo "$TOKEN" > ways/token
cat > ways/plugin <<EOF
#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"\$(cat "\${0%/*}/token")"'"}}'
EOF
chmod +x ways/plugin
write() { # name, cluster, user
  cat > "ways/$1.yaml" <<EOF
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "$server", $2}}]
users: [{name: u, user: {$3}}]
EOF
}
trusted="certificate-authority-data: $ca"
write certificates "$trusted" "client-certificate-data: $certificate, client-key-data: $key"
write files "certificate-authority: ca.pem" "client-certificate: client.pem, client-key: key.pem"
write token "$trusted" "token: $TOKEN"
write token-file "$trusted" "tokenFile: $PWD/ways/token"
write plugin "$trusted" "exec: {apiVersion: client.authentication.k8s.io/v1, command: $PWD/ways/plugin, interactiveMode: Never}"
write insecure "insecure-skip-tls-verify: true" "token: $TOKEN"
write server-name "$trusted, tls-server-name: kubernetes.default.svc" "token: $TOKEN"
write proxy "$trusted, proxy-url: \"$PROXY\"" "token: $TOKEN"
write wrong-token "$trusted" "token: nobody"
write wrong-authority "certificate-authority-data: $certificate" "token: $TOKEN"
write wrong-name "$trusted, tls-server-name: elsewhere.example" "token: $TOKEN"
sed -n '/^users/!p' ways/token.yaml > ways/first.yaml
printf 'apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: %s}}]\n' "$TOKEN" > ways/second.yaml
"#;

/// Returns the address of a proxy that only connects, and ends with the test process; each connection is told.
fn proxy() -> (String, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, asked) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && client.read(&mut byte).is_ok_and(|read| read > 0) {
                head.extend(byte);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let Some(target) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else { continue };
            let Ok(mut server) = TcpStream::connect(target) else { continue };
            let _ = (sender.send(head.clone()), client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n"));
            let (mut back, mut forth) =
                (client.try_clone().expect("a connection"), server.try_clone().expect("a connection"));
            thread::spawn(move || std::io::copy(&mut server, &mut back));
            thread::spawn(move || std::io::copy(&mut client, &mut forth));
        }
    });
    (address, asked)
}

#[test]
fn every_way_to_a_cluster_is_taken() {
    let cluster = Cluster::shared();
    cluster.namespace("ways");
    cluster.kubectl(&["-n", "ways", "create", "serviceaccount", "visitor"]);
    cluster.kubectl(&["create", "clusterrole", "ways", "--verb=get,list", "--resource=namespaces"]);
    cluster.kubectl(&["create", "clusterrolebinding", "ways", "--clusterrole=ways", "--serviceaccount=ways:visitor"]);
    let token = cluster.kubectl(&["-n", "ways", "create", "token", "visitor"]);
    let collection = Collection::empty().with("content/look.md", PAGE);
    let (address, asked) = proxy();
    let make =
        collection.command("/bin/bash").arg("-c").arg(MAKE).on(cluster).env("TOKEN", token).env("PROXY", address);
    make.done().exits(0);
    let verify = |kubeconfig: &str, exit| {
        let result = collection.run("verify --format json").env("KUBECONFIG", kubeconfig).json(exit);
        (result["tally"].clone(), result.to_string())
    };
    let at = |name: &str| collection.path(&format!("ways/{name}.yaml")).display().to_string();
    for name in ["certificates", "files", "token", "token-file", "plugin", "insecure", "server-name", "proxy"] {
        let (tally, all) = verify(&at(name), 0);
        assert_eq!((&tally["passed"], &tally["errored"]), (&1.into(), &0.into()), "{name}: {all}");
    }
    assert!(asked.try_recv().is_ok(), "the proxy was asked");
    let several = format!("{}:{}:{}", at("nothing-here"), at("first"), at("second"));
    assert_eq!(verify(&several, 0).0["passed"], 1);
    for (name, told) in
        [("wrong-token", "Unauthorized"), ("wrong-authority", "certificate"), ("wrong-name", "certificate")]
    {
        let (tally, all) = verify(&at(name), 2);
        assert_eq!((&tally["passed"], &tally["failed"], &tally["drifted"]), (&0.into(), &0.into(), &0.into()), "{all}");
        assert!(all.contains(told), "{name}: {all}");
    }
}
