//! Each kind of placeholder where it is one, and where it only looks like one.

use super::{PlaceholderKind, placeholders};

fn certain(text: &str) -> Vec<String> {
    found(text, PlaceholderKind::Certain)
}

fn weak(text: &str) -> Vec<String> {
    found(text, PlaceholderKind::Weak)
}

fn found(text: &str, kind: PlaceholderKind) -> Vec<String> {
    placeholders(text)
        .into_iter()
        .filter(|it| it.kind == kind)
        .map(|it| {
            assert_eq!(text.get(it.span.start..it.span.end), Some(it.text.as_str()));
            it.text
        })
        .collect()
}

fn has(text: &str, expected: &[&str]) {
    assert_eq!(certain(text), expected, "in {text:?}");
}

fn has_none(texts: &[&str]) {
    for text in texts {
        assert!(certain(text).is_empty(), "{:?} in {text:?}", certain(text));
    }
}

#[test]
fn a_name_in_angle_brackets_is_a_placeholder() {
    has("oc delete pod <POD> -n logging", &["<POD>"]);
    has("kubectl logs <name of the pod from step 1>", &["<name of the pod from step 1>"]);
    has("NS='<namespace of the alert>'", &["<namespace of the alert>"]);
    has("aws s3 ls s3://<bucket>/<id>/", &["<bucket>", "<id>"]);
    has("git log <a>..<b>", &["<a>", "<b>"]);
    has("kubectl scale --replicas=<n> deploy/<name>", &["<n>", "<name>"]);
    has("cat <<EOF | kubectl apply -f -\nname: <name>\nEOF\n", &["<name>"]);
    has("kubectl exec <pod's name> -- ls", &["<pod's name>"]);
    has("ssh <user>@<host>", &["<user>", "<host>"]);
    has("kubectl get pod <파드-이름>", &["<파드-이름>"]);
    has("kubectl get <pod|deployment>", &["<pod|deployment>"]);
    has("kubectl get pod <pod name (from step 1)>", &["<pod name (from step 1)>"]);
    has("kubectl get pod \"<POD>\"", &["<POD>"]);
    has("kubectl get pod <<pod-name>>", &["<<pod-name>>"]);
    has("kubectl get pod \\<pod\\>", &["\\<pod\\>"]);
    has("kubectl logs <...>", &["<...>"]);
    has("curl <https://your-host/health>", &["<https://your-host/health>"]);
    has("echo <node 1>", &["<node 1>"]);
    has("psql -c 'drop table <table>'", &["<table>"]);
}

#[test]
fn redirections_and_here_documents_are_none() {
    has_none(&[
        "sort < in.txt > out.txt",
        "sort <in >out",
        "mysql db <dump.sql",
        "mysql <dump.sql db 2>&1",
        "mysql <dump.sql 2>/dev/null",
        "diff <(ls a) <(ls b)",
        "ls 2>&1 >/dev/null",
        "cat <<EOF > x\nhi\nEOF",
        "cat <<EOF>> x\nhi\nEOF",
        "cat <<<word >x",
        "exec 3<>/dev/tcp/localhost/80",
        "cat </dev/null >x",
        "git log a..b",
    ]);
}

#[test]
fn comparisons_are_none() {
    has_none(&[
        "[[ $a < b ]] && echo x > y",
        "(( a<b && c>d ))",
        "awk '$1<10 && $2>5'",
        "psql -c 'select * from t where a<5 and b>3'",
        "jq 'select(.a<5 and .b>3)'",
        "kubectl get po | awk 'NF<5||NF>7'",
    ]);
}

#[test]
fn markup_types_and_addresses_are_none() {
    has_none(&[
        "curl -s localhost | grep '<html>'",
        "curl -s localhost | grep '<title>'",
        "echo '<b>hi</b>'",
        "echo '<a href=\"x\">y</a>'",
        "cat > x <<EOF\n<dependency><name>a</name></dependency>\nEOF",
        "cat > x <<EOF\n<VirtualHost *:80>\n</VirtualHost>\nEOF",
        "jmap -histo 1 | grep 'HashMap<String,Object>'",
        "git commit --author='A B <a@b.org>'",
        "grep -P '(?<year>\\d+)' x",
        "grep -P '(?P<year>\\d+)' x",
        "grep '\\<word\\>' x",
        "kubectl get svc | grep '<none>'",
        "cat > x.c <<EOF\n#include <stdio.h>\nEOF",
    ]);
}

#[test]
fn comments_hold_none() {
    has_none(&["# replace <pod> with yours", "ls # on <host>", "ls # YOUR_TOKEN"]);
}

#[test]
fn braces_are_placeholders_outside_templates() {
    has("kubectl logs {pod}", &["{pod}"]);
    has("curl https://host/api/{id}/x", &["{id}"]);
    has("curl \"https://host/api/{id}\"", &["{id}"]);
    has("kubectl delete ns {{namespace}}", &["{{namespace}}"]);
    has_none(&[
        "kubectl get po -o go-template='{{range .items}}{{.metadata.name}}{{end}}'",
        "kubectl get po -o jsonpath='{.items[*].metadata.name}'",
        "kubectl get po -o jsonpath={range .items[*]}",
        "docker ps --format '{{json .}}'",
        "docker ps --format {{.Names}}",
        "cp a.{txt,bak}",
        "echo {1..3}",
        "echo ${pod}",
        "echo ${pod:-{x}}",
        "git reset HEAD@{upstream}",
        "curl -w '%{http_code}' x",
        "xargs -I{name} kubectl delete {name}",
        "find . -exec rm {} +",
        "f() { ls; }",
        "awk '{print}'",
        "jq '{name}'",
        "exec {fd}>x",
    ]);
}

#[test]
fn brackets_are_placeholders_only_as_whole_arguments() {
    has("kubectl logs [pod-name] -n [namespace]", &["[pod-name]", "[namespace]"]);
    has("kubectl get deployment/[deployment-name]", &["[deployment-name]"]);
    has_none(&[
        "tr [a-z] [A-Z]",
        "ls file[0-9].txt",
        "[ -f x ] && ls",
        "echo ${a[name]}",
        "[INFO] pod started",
        "grep '[error]' x",
        "kubectl get po -o jsonpath={.items[name]}",
    ]);
    assert_eq!(weak("grep '[pod-name]' x"), ["[pod-name]"]);
}

#[test]
fn words_that_say_so_are_placeholders() {
    has("curl -H \"Authorization: YOUR_TOKEN\"", &["YOUR_TOKEN"]);
    has("kubectl get po -n your-namespace", &["your-namespace"]);
    has("kubectl get po -n REPLACE_ME", &["REPLACE_ME"]);
    has("vault login INSERT_TOKEN_HERE", &["INSERT_TOKEN_HERE"]);
    has_none(&["echo $YOUR_TOKEN", "YOUR_TOKEN=abc", "export YOUR_TOKEN=abc", "echo ${YOUR_TOKEN}", "cat yourself"]);
}

#[test]
fn crossed_out_words_are_placeholders() {
    has("kubectl logs api-xxx", &["api-xxx"]);
    has("ping xxx.xxx.xxx.xxx", &["xxx.xxx.xxx.xxx"]);
    has("helm upgrade --version vX.Y.Z", &["vX.Y.Z"]);
    has_none(&["mktemp /tmp/a.XXXXXX", "ls maxxx", "T=$(mktemp -t XXXX)"]);
}

#[test]
fn dots_are_placeholders_as_whole_arguments() {
    has("curl -X POST ... https://host", &["..."]);
    has("curl --token '...' https://host", &["..."]);
    has("curl --token=... https://host", &["..."]);
    has_none(&["go test ./...", "git diff a...b", "echo waiting ...", "echo 'Loading...'"]);
}

#[test]
fn upper_case_arguments_of_kubectl_are_placeholders() {
    has("kubectl logs POD_NAME -n NAMESPACE", &["POD_NAME", "NAMESPACE"]);
    has("kubectl get deploy/NAME", &["NAME"]);
    has_none(&[
        "kubectl exec x -- printenv POD_NAME",
        "kubectl set env deploy/x DB_HOST=y DB_NAME-",
        "kubectl create secret generic x --from-literal=API_TOKEN=y",
        "kubectl logs $POD_NAME",
        "kubectl get po -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName",
        "kubectl get po | grep NAME",
        "echo $POD_NAME | grep HOST",
        "printenv POD_NAME",
        "curl -X POST https://host",
    ]);
    assert_eq!(weak("aws ec2 stop-instances --instance-ids INSTANCE_ID"), ["INSTANCE_ID"]);
    assert!(weak("FOO=bar printenv POD_NAME").is_empty());
}

#[test]
fn examples_are_weak() {
    assert_eq!(weak("curl https://api.example.com/x"), ["example.com"]);
    assert_eq!(weak("kubectl config use-context my-cluster"), ["my-cluster"]);
    assert!(weak("kubectl get pods -n payments").is_empty());
    assert!(weak("cat tommy-list").is_empty());
}

#[test]
fn a_placeholder_in_a_placeholder_is_one() {
    has("kubectl get po <YOUR_POD>", &["<YOUR_POD>"]);
}

#[test]
fn a_word_that_says_what_to_write_is_a_placeholder_in_the_place_of_a_name() {
    has("kubectl logs pod-name -n namespace", &["pod-name", "namespace"]);
    has("kubectl describe -n=namespace deployment web", &["namespace"]);
    has("kubectl -n shop delete deploy/X", &["X"]);
    has("kubectl logs pod/mon-ID", &["mon-ID"]);
    has("kubectl cp notes.txt pod-name:/tmp/notes.txt", &["pod-name"]);
    has("wipefs -a /dev/sdX", &["sdX"]);
    has_none(&[
        "kubectl get namespace",
        "kubectl create namespace shop",
        "kubectl get pods -l app=pod-name",
        "kubectl get endpointslices -l \"kubernetes.io/service-name=$SERVICE\"",
        "kubectl set env deploy/web MODE=DEBUG",
        "kubectl logs deploy/web",
        "mkdir pod-name",
        "wipefs -a /dev/sda",
        "curl -X POST https://a.test",
    ]);
}
