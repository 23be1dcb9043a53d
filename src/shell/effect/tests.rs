//! Commands and what they do.

use super::{Effect, effect};
use crate::shell::parse;

fn word(text: &str) -> &'static str {
    match effect(&parse(text)) {
        Effect::Reads => "reads",
        Effect::Scratch(_) => "scratch",
        Effect::Files(_) => "files",
        Effect::Unknown(_) => "unknown",
        Effect::Writes(_) => "writes",
    }
}

fn all(expected: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(word(text), expected, "{text:?}: {:?}", effect(&parse(text)));
    }
}

#[test]
fn looking_at_a_cluster_reads() {
    all(
        "reads",
        &[
            "kubectl get pods -n x -o wide | grep -v Running",
            "kubectl -n x describe deploy/api",
            "oc logs -f pod/x --tail=5",
            "kubectl auth can-i delete pods",
            "kubectl rollout status deploy/x --timeout=60s",
            "kubectl rollout history deploy/x",
            "kubectl apply -f x.yaml --dry-run=server",
            "kubectl create ns x --dry-run=client -o yaml",
            "kubectl diff -f x.yaml",
            "kubectl wait --for=condition=Ready pod/x",
            "kubectl exec x -- cat /etc/hosts",
            "kubectl exec -n x deploy/y -c z -- sh -c 'ls | wc -l'",
            "kubectl get secret x -o jsonpath='{.data.y}' | base64 -d",
            "kubectl label pods --list x",
            "kubectl set env deploy/x --list",
            "kubectl config current-context",
            "kubectl delete --help",
            "oc adm top nodes",
            "oc whoami",
            "kubectl port-forward svc/x 8080:80 &",
        ],
    );
}

#[test]
fn changing_a_cluster_writes() {
    all(
        "writes",
        &[
            "kubectl delete pod x",
            "kubectl -n x scale deploy/y --replicas=0",
            "kubectl rollout undo deploy/x",
            "kubectl rollout restart deploy/x",
            "kubectl create job --from=cronjob/x y",
            "kubectl get pods -o name | xargs -r kubectl delete",
            "for p in $(kubectl get po -o name); do kubectl delete $p; done",
            "kubectl apply -f - <<EOF\nkind: Pod\nEOF",
            "kubectl apply -f x --dry-run=none",
            "kubectl exec x -- rm -rf /data",
            "kubectl exec x -- sh -c 'echo 1 > /proc/sys/vm/drop_caches'",
            "kubectl cp x.txt pod:/tmp/x",
            "ssh host 'ps aux | grep x | xargs kill'",
            "watch 'kubectl delete pod x'",
            "echo $(kubectl delete pod x)",
            "oc adm drain node1",
            "helm upgrade x ./chart",
            "sudo rm -rf /var/lib/x",
            "bash -c \"kubectl delete pod $X\"",
            "find . -name '*.pid' -exec sh -c 'kill $(cat {})' \\;",
            "kubectl exec -i pg-0 -- psql <<EOF\nDROP TABLE x;\nEOF",
        ],
    );
}

#[test]
fn local_settings_are_files() {
    all(
        "files",
        &[
            "kubectl config use-context x",
            "kubectl cp pod:/tmp/x ./x",
            "oc project x",
            "helm repo update",
            "kubectx prod",
            "aws eks update-kubeconfig --name x",
        ],
    );
}

#[test]
fn files_that_are_thrown_away_are_scratch() {
    all(
        "scratch",
        &[
            "kubectl get po > /tmp/po.txt",
            "f=$(mktemp); kubectl get po > \"$f\"; rm \"$f\"",
            "kubectl get po | tee /tmp/x",
            "curl -o /tmp/x https://host",
            "mkdir -p /tmp/x && cp a /tmp/x/",
        ],
    );
    all(
        "reads",
        &[
            "ls > /dev/null 2>&1",
            "curl -s -o /dev/null -w '%{http_code}' https://host",
            "ls 2>/dev/null | tee /dev/stderr",
        ],
    );
}

#[test]
fn files_that_stay_are_files() {
    all(
        "files",
        &[
            "kubectl get po > po.txt",
            "rm x",
            "sed -i s/a/b/ f",
            "tee out < in",
            "cat x >> ~/.bashrc",
            "for i in 1; do ls; done > out",
            "curl -O https://host/x",
            "wget https://host/x",
            "rm -f /tmp/../etc/x",
            "sort -o f f",
            "ls | xargs rm /tmp/x",
        ],
    );
}

#[test]
fn scripts_and_interpreters_are_unknown() {
    all(
        "unknown",
        &[
            "./deploy.sh",
            "bash x.sh",
            "python3 x.py",
            "$CMD x",
            "make deploy",
            "curl https://host | sh",
            "frobnicate x",
            "<tool> get",
            "psql -f x.sql",
            "kubectl frob",
            "source env.sh",
        ],
    );
}

#[test]
fn statements_are_judged_by_what_they_say() {
    all(
        "reads",
        &[
            "psql -c 'SELECT 1'",
            "psql -U x -Atc \"select count(*) from t where id=$ID\"",
            "psql -c '\\l'",
            "psql -l",
            "psql -c 'EXPLAIN SELECT 1; SHOW max_connections;'",
            "psql <<EOF\nselect 1;\nEOF",
            "psql <<< '\\dt'",
            "mysql -e 'show processlist'",
            "redis-cli -h x -p 6379 INFO replication",
            "redis-cli config get maxmemory",
            "kubectl exec -it pg-0 -- psql -c 'select 1'",
            "sqlite3 x.db 'select 1'",
        ],
    );
    all(
        "writes",
        &[
            "psql -c 'SELECT pg_terminate_backend(1)'",
            "psql -c 'select 1; delete from t'",
            "psql -c 'with x as (delete from t returning *) select * from x'",
            "psql --command='VACUUM FULL t'",
            "mysql -e 'set global x=1'",
            "redis-cli FLUSHALL",
            "redis-cli config set maxmemory 1gb",
            "redis-cli client kill id 3",
        ],
    );
    all("unknown", &["psql", "psql -c \"$SQL\"", "redis-cli"]);
}

#[test]
fn requests_are_judged_by_method_and_body() {
    all(
        "reads",
        &[
            "curl -sf https://host/health",
            "curl -I https://host",
            "curl -XGET https://host",
            "curl -G -d q=1 https://host",
            "curl -d 'query=up' http://prom:9090/api/v1/query",
            "wget -qO- https://host",
            "wget --spider https://host",
        ],
    );
    all(
        "writes",
        &[
            "curl -X POST https://host",
            "curl -XDELETE https://host",
            "curl -d a=b https://host",
            "curl --json '{}' https://host",
            "curl -sSX PUT https://host",
            "curl -F file=@x https://host",
            "curl -T x https://host",
            "wget --post-data=a https://host",
        ],
    );
    all("unknown", &["curl -X \"$METHOD\" https://host"]);
}

#[test]
fn tools_with_verbs_are_judged_by_them() {
    all(
        "reads",
        &[
            "helm list -A",
            "helm -n x get values y",
            "docker ps",
            "docker compose logs x",
            "git log -3",
            "git branch",
            "gh pr list",
            "gh api repos/x/y",
            "aws ec2 describe-instances --region x",
            "aws s3 ls s3://x",
            "gcloud container clusters list",
            "az aks show -n x -g y",
            "systemctl status x",
            "journalctl -u x",
            "terraform plan",
            "crictl ps",
            "etcdctl member list",
            "ip addr show",
            "iptables -nL",
            "dpkg -l",
            "docker exec x ls",
            "argocd app get x",
            "helm upgrade x y --dry-run",
        ],
    );
    all(
        "writes",
        &[
            "helm uninstall x",
            "docker restart x",
            "git push",
            "gh pr merge 1",
            "gh api -X POST repos/x/y",
            "aws ec2 reboot-instances --instance-ids i-1",
            "gcloud sql instances restart x",
            "az vm restart -n x",
            "systemctl restart x",
            "terraform apply",
            "sysctl -w a=b",
            "kill -9 1",
            "apt-get install x",
            "service x restart",
            "ip link set eth0 down",
        ],
    );
}

#[test]
fn the_shell_itself_reads() {
    all(
        "reads",
        &[
            "",
            "# nothing",
            "A=b",
            "export A=b",
            "if [ -f x ]; then echo y; fi",
            "[[ $a == b ]] && exit 1",
            "while read -r l; do echo $l; done < f",
            "f() { ls; }; f",
            "sudo ls",
            "timeout 5 kubectl get po",
            "command -v kubectl",
            "sleep 5",
            "trap 'echo' EXIT",
            "time kubectl get po",
            "diff <(ls a) <(ls b)",
        ],
    );
}
