//! Commands that hold a run up, and those that only look so.

use super::{Interaction, interaction, interactions};
use crate::shell::parse;

fn kind(text: &str) -> &'static str {
    match interaction(&parse(text)) {
        Interaction::None => "none",
        Interaction::Interactive(_) => "interactive",
        Interaction::Endless(_) => "endless",
    }
}

fn all(expected: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(kind(text), expected, "{text:?}: {:?}", interaction(&parse(text)));
    }
}

#[test]
fn terminals_and_sessions_are_interactive() {
    all(
        "interactive",
        &[
            "kubectl exec -it pod/x -- bash",
            "kubectl exec -ti x -c y -- sh",
            "kubectl exec --stdin --tty x -- ls",
            "kubectl edit deploy/x",
            "oc rsh pod",
            "oc debug node/x",
            "kubectl run x --rm -it --image=y",
            "ssh host",
            "ssh -p 22 user@host",
            "psql",
            "psql -h x -U y db",
            "mysql -u root -p",
            "redis-cli -h x",
            "vim x",
            "kubectl get po | less",
            "top",
            "htop",
            "read -p 'sure? ' a",
            "sudo -i",
            "sudo su -",
            "bash",
            "python3",
            "docker exec -it x sh",
            "docker run -it x",
            "crontab -e",
            "terraform apply",
            "apt-get install x",
            "kubectl exec x -- bash",
            "gcloud auth login",
            "git commit",
            "openssl s_client -connect x:443",
            "telnet x 80",
            "cat",
            "kubectl attach x",
            "nc x 80",
        ],
    );
}

#[test]
fn what_is_told_what_to_do_is_not() {
    all(
        "none",
        &[
            "kubectl exec x -- ls",
            "kubectl exec -i x -- psql <<EOF\nselect 1\nEOF",
            "ssh host uptime",
            "ssh host <<EOF\nls\nEOF",
            "psql -c 'select 1'",
            "psql -f x.sql",
            "psql < x.sql",
            "echo x | psql",
            "psql -l",
            "mysql -e 'select 1'",
            "redis-cli -h x ping",
            "top -b -n 1",
            "while read -r l; do echo $l; done < f",
            "cat f | while read l; do ls; done",
            "sudo ls",
            "sudo -l",
            "bash x.sh",
            "bash -c ls",
            "curl x | bash",
            "python3 -c 'x'",
            "docker exec x ls",
            "docker run -d x",
            "crontab -l",
            "terraform apply -auto-approve",
            "apt-get install -y x",
            "git commit -m x",
            "openssl s_client -connect x:443 </dev/null",
            "kubectl get pods -t x",
            "nc -zv x 80",
            "oc rsh pod ls",
            "oc debug node/x -- chroot /host crictl ps",
            "cat <<EOF\nEOF",
            "apt-get update",
            "kubectl get po -n exec",
        ],
    );
}

#[test]
fn what_never_ends_is_endless() {
    all(
        "endless",
        &[
            "kubectl get po -w",
            "kubectl get po --watch",
            "kubectl logs -f x",
            "kubectl logs x --follow --tail=5",
            "tail -f x",
            "tail -n 5 -F x",
            "watch kubectl get po",
            "while true; do kubectl get po; sleep 1; done",
            "while :; do ls; done",
            "kubectl port-forward svc/x 80",
            "kubectl proxy",
            "ping x",
            "sleep infinity",
            "journalctl -u x -f",
            "docker logs -f x",
            "docker compose up",
            "docker stats",
            "tcpdump -i eth0",
            "until false; do ls; done",
            "for ((;;)); do ls; done",
            "stern x",
            "vmstat 1",
            "ssh -N -L 1:x:2 host",
            "kubectl exec x -- tail -f /y",
            "redis-cli monitor",
            "sudo tail -f x",
        ],
    );
}

#[test]
fn what_is_bounded_ends() {
    all(
        "none",
        &[
            "kubectl get po --watch=false",
            "kubectl logs x --tail=5",
            "timeout 5 kubectl logs -f x",
            "kubectl logs -f x | head -5",
            "kubectl get po -w | grep -m1 Running",
            "kubectl port-forward svc/x 80 &",
            "ping -c 3 x",
            "while true; do ls && break; done",
            "while true; do ls; exit; done",
            "tail -n 5 x",
            "until kubectl get po; do sleep 1; done",
            "vmstat 1 5",
            "docker compose up -d",
            "docker stats --no-stream",
            "kubectl rollout status deploy/x",
            "kubectl wait --for=condition=Ready pod/x",
            "sleep 5",
            "kubectl apply -f x",
            "journalctl -u x -n 5",
            "timeout 5 tail -f x",
            "ssh -f -N -L 1:x:2 host",
        ],
    );
}

#[test]
fn each_is_reported_once_with_a_way_out() {
    let script = parse("kubectl get po\nkubectl exec -it x -- bash\nwhile true; do ls; pwd; done\n");
    let found = interactions(&script);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().filter_map(Interaction::hold).all(|hold| !hold.instead.is_empty()));
    let hold = |text: &str| interaction(&parse(text)).hold().map(|hold| (hold.command, hold.reason));
    assert_eq!(hold("kubectl exec -it x -- psql db"), Some((0, "opens a session")));
    assert_eq!(hold("kubectl exec -it x -- psql -c 'select 1'"), Some((0, "asks for a terminal")));
}
