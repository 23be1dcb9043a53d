use tempfile::TempDir;

use super::*;
use crate::sys::Environment;
use crate::sys::process::Ending;

struct Fixture {
    folder: TempDir,
    session: Session,
    redactor: Redactor,
    environment: Environment,
    secrets: Vec<&'static str>,
    withheld: Vec<String>,
}

fn open(folder: &TempDir) -> Session {
    let place = SessionPlace {
        folder: folder.path().join("session"),
        directory: folder.path().to_owned(),
        name: format!("test/{}", folder.path().display()),
    };
    Session::open(place).unwrap()
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned());
        Self {
            session: open(&folder),
            folder,
            redactor: Redactor::new(),
            environment: Environment::of([path, ("GIVEN".to_owned(), "given".to_owned())], "/"),
            secrets: Vec::new(),
            withheld: Vec::new(),
        }
    }

    async fn run_with(&mut self, shell: &str, code: &str) -> BlockEnd {
        let environment =
            self.environment.variables().iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let block = Block {
            program: &Program::named(shell),
            code,
            directory: None,
            environment: &environment,
            secrets: &self.secrets,
            withheld: &self.withheld,
            fixed: &[("KUBECONFIG".to_owned(), "/gate".to_owned())],
            step: "step",
            timeout: Duration::from_secs(30),
            streams: Streams::Apart,
            keep: process::KEPT,
            confinement: None,
        };
        self.session.run(&block, &self.redactor, &Cancel::new(), &mut |_, _| {}).await.unwrap()
    }

    async fn bash(&mut self, code: &str) -> String {
        self.run_with("bash", code).await.ended.stdout.text()
    }

    async fn status(&mut self, code: &str) -> Option<i32> {
        self.run_with("bash", code).await.status
    }

    fn on_disk(&self) -> String {
        let folder = self.folder.path().join("session");
        let texts = files::walk(&folder).unwrap().into_iter().filter(|path| !path.ends_with("mailbox"));
        texts.map(|path| files::read_text(&path).unwrap()).collect()
    }
}

#[tokio::test]
async fn what_a_block_sets_is_there_for_the_next() {
    let mut fixture = Fixture::new();
    let first = r#"
        POD="it's \"one\"
and two"; export SHARED=yes
        LIST=(a "b c"); declare -A MAP=([k]=v)
        greet() { echo "hello $1"; }; export -f greet
        alias k='echo kubectl'
        shopt -s nullglob; set -u; cd /usr; unset GIVEN
        readonly FIXED=1
    "#;
    assert_eq!(fixture.status(first).await, Some(0));
    let second = r#"
        echo "$POD"; bash -c 'echo "$SHARED"; greet you'; echo "${LIST[1]} ${MAP[k]} $FIXED"
        k get; shopt -q nullglob && echo nullglob; echo "$PWD ${GIVEN-unset} $-"; pwd
    "#;
    let text = fixture.bash(second).await;
    let expected = "it's \"one\"\nand two\nyes\nhello you\nb c v 1\nkubectl get\nnullglob\n/usr unset ";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.ends_with("/usr\n") && text.contains('u'), "{text}");
}

#[tokio::test]
async fn what_a_third_block_finds_is_the_same() {
    let mut fixture = Fixture::new();
    fixture.bash("A=1; LIST=(x y); f() { echo f; }; alias g='echo g'").await;
    fixture.bash("B=2").await;
    assert_eq!(fixture.bash("echo $A $B ${LIST[*]}; f; g").await, "1 2 x y\nf\ng\n");
}

#[tokio::test]
async fn state_is_kept_when_a_block_exits_or_fails() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.status("A=1; exit 3").await, Some(3));
    assert_eq!(fixture.status("B=2; false; B=3").await, Some(1));
    assert_eq!(fixture.status("C=$A$B; set -u; echo $nope").await, Some(1));
    assert_eq!(fixture.bash("set +u; echo $A$B$C").await, "1212\n");
}

#[tokio::test]
async fn the_first_failing_command_ends_the_block_and_is_named() {
    let mut fixture = Fixture::new();
    let end = fixture.run_with("bash", "echo one\nls /nonexistent\necho two").await;
    assert_eq!((end.status, end.ended.stdout.text().as_str()), (Some(2), "one\n"));
    let failure = end.failure.unwrap();
    assert_eq!((failure.line, failure.command.as_str()), (Some(2), "ls /nonexistent"));
}

#[tokio::test]
async fn a_failure_in_a_function_of_an_earlier_block_is_placed_where_it_was_called() {
    let mut fixture = Fixture::new();
    fixture.bash("f() {\n\n\n\n\n\nfalse\n}").await;
    let end = fixture.run_with("bash", "echo\nf").await;
    assert_eq!(end.failure.unwrap().line, Some(2));
    let end = fixture.run_with("bash", "g() {\nfalse\n}\necho\ng").await;
    assert_eq!(end.failure.unwrap().line, Some(2));
}

#[tokio::test]
async fn a_block_may_take_errors_upon_itself() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.bash("set +e\nfalse\necho $?").await, "1\n");
    assert_eq!(fixture.bash("false || echo no; if false; then :; fi; ! true; echo on").await, "no\non\n");
    assert_eq!(fixture.status("false\ntrue").await, Some(1), "it holds for one block only");
}

#[tokio::test]
async fn a_failing_command_of_a_pipe_fails() {
    assert_eq!(Fixture::new().status("false | cat\necho not").await, Some(1));
}

#[tokio::test]
async fn a_writer_whose_reader_had_enough_did_not_fail() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.status("yes | head -1").await, Some(0));
    assert_eq!(fixture.bash("yes | head -1\necho on").await, "y\non\n");
    assert_eq!(fixture.bash("f() { yes | head -1; false; echo not; }\nf\necho not").await, "y\n");
    assert_eq!(fixture.status("yes | head -1\nfalse\ntrue").await, Some(1));
    assert_eq!(fixture.status("exit 141").await, Some(141));
}

#[tokio::test]
async fn the_block_s_own_exit_trap_runs_and_the_state_is_kept() {
    let mut fixture = Fixture::new();
    let code = "A=1\ntrap 'echo \"bye $?\"' EXIT\nB=2\nexit 4";
    let end = fixture.run_with("bash", code).await;
    assert_eq!((end.status, end.ended.stdout.text().as_str()), (Some(4), "bye 4\n"));
    assert_eq!(fixture.bash("echo $A$B").await, "12\n");
    assert_eq!(fixture.bash("trap 'echo no' EXIT; trap - EXIT; C=3").await, "");
    assert_eq!(
        fixture.bash("( trap 'echo sub' EXIT; ); trap 'echo int' USR1; kill -USR1 $$; echo $C").await,
        "sub\nint\n3\n"
    );
    assert_eq!(fixture.status("trap 'exit 9' EXIT; D=4; true").await, Some(9));
    assert_eq!(fixture.bash("echo $D").await, "4\n");
    assert_eq!(fixture.session.state.functions, "", "nothing of ours is carried");
}

#[tokio::test]
async fn tracing_shows_the_block_and_nothing_of_ours() {
    let mut fixture = Fixture::new();
    let end = fixture.run_with("bash", "set -x\ntrue").await;
    assert_eq!(end.ended.stderr.text(), "+ true\n");
    let end = fixture.run_with("bash", "false").await;
    let text = end.ended.stderr.text();
    assert!(text.starts_with("+ false\n") && !text.contains("declare"), "{text}");
}

#[tokio::test]
async fn a_missing_command_is_seen_in_a_pipe_too() {
    let mut fixture = Fixture::new();
    let end = fixture.run_with("bash", "no-such-tool get | grep x").await;
    assert_eq!(end.failure.unwrap().statuses, [127, 1]);
}

#[tokio::test]
async fn a_session_goes_on_after_a_crash() {
    let mut fixture = Fixture::new();
    fixture.bash("A='1 2'; f() { echo \"f$A\"; }; cd /usr").await;
    let mut again = Fixture { session: open(&fixture.folder), ..fixture };
    assert_eq!(again.bash("f; pwd").await, "f1 2\n/usr\n");
}

#[tokio::test]
async fn secrets_are_handed_on_but_never_written() {
    let mut fixture = Fixture::new();
    fixture.redactor.learn("s3cr3t-value");
    fixture.secrets = vec!["HIDDEN"];
    fixture.bash("COPY=\"x s3cr3t-value\"; export HIDDEN=else PGPASSWORD=hunter22; LIST=(s3cr3t-value); A=1").await;
    let disk = fixture.on_disk();
    for secret in ["s3cr3t-value", "else", "hunter22"] {
        assert!(!disk.contains(secret), "{secret}");
    }
    assert!(disk.contains("\"A\""));
    assert_eq!(
        fixture.bash("echo \"$COPY $HIDDEN $PGPASSWORD ${LIST[0]}\"").await,
        "x s3cr3t-value else hunter22 s3cr3t-value\n"
    );
    assert_eq!(fixture.redactor.redact("hunter22"), "[redacted]", "a password is a secret from then on");
}

#[tokio::test]
async fn the_operator_s_environment_is_not_written() {
    let mut fixture = Fixture::new();
    fixture.bash("A=1").await;
    assert!(!fixture.on_disk().contains("given"));
}

#[tokio::test]
async fn the_gate_cannot_be_left_by_an_earlier_block() {
    let mut fixture = Fixture::new();
    fixture.bash("export KUBECONFIG=/elsewhere").await;
    assert_eq!(fixture.bash("echo $KUBECONFIG").await, "/gate\n");
    fixture.bash("unset KUBECONFIG").await;
    assert_eq!(fixture.bash("echo $KUBECONFIG").await, "/gate\n");
}

#[tokio::test]
async fn a_captured_value_wins_over_what_a_block_has_set() {
    let mut fixture = Fixture::new();
    fixture.bash("export POD=old").await;
    fixture.session.set("POD", "new");
    assert_eq!(fixture.bash("echo $POD; bash -c 'echo $POD'").await, "new\nnew\n");
    fixture.bash("POD=newer").await;
    assert_eq!(fixture.bash("echo $POD").await, "newer\n");
}

#[tokio::test]
async fn sh_shares_what_it_can() {
    let mut fixture = Fixture::new();
    fixture.bash("export A='it'\\''s'; B=2; LIST=(1 2); f() { echo f; }").await;
    let end = fixture.run_with("sh", "echo \"$A $B\"; C=3; export D=4; cd /usr; false; echo not").await;
    assert_eq!((end.status, end.ended.stdout.text().as_str()), (Some(1), "it's 2\n"));
    assert_eq!(fixture.bash("echo $A $C; bash -c 'echo $D'; f; echo ${LIST[1]}; pwd").await, "it's 3\n4\nf\n2\n/usr\n");
    let end = fixture.run_with("sh", "trap 'echo bye' EXIT; E=5").await;
    assert_eq!(end.ended.stdout.text(), "bye\n");
    assert_eq!(fixture.bash("echo $E").await, "5\n");
}

#[tokio::test]
async fn another_program_gets_the_exported_variables() {
    let mut fixture = Fixture::new();
    fixture.bash("export SHARED=yes; ALONE=no").await;
    let code = "print $ENV{SHARED}, exists $ENV{ALONE} ? ' there' : ' not there', \"\\n\";";
    let end = fixture.run_with("perl", code).await;
    assert_eq!(end.ended.stdout.text(), "yes not there\n", "{}", end.ended.stderr.text());
}

#[tokio::test]
async fn what_is_withheld_from_one_block_is_there_for_the_next() {
    let mut fixture = Fixture::new();
    fixture.session.set("TOKEN", "captured");
    fixture.withheld = vec!["TOKEN".to_owned(), "GIVEN".to_owned()];
    for shell in ["bash", "sh", "perl"] {
        let code = if shell == "perl" { "print join(' ', sort keys %ENV)" } else { "env" };
        let end = fixture.run_with(shell, code).await;
        let shown = end.ended.stdout.text();
        assert!(shown.contains("PATH") && !shown.contains("TOKEN") && !shown.contains("GIVEN"), "{shell}: {shown}");
    }
    fixture.withheld.clear();
    assert_eq!(fixture.bash("echo $TOKEN $GIVEN").await, "captured given\n");
}

#[tokio::test]
async fn a_function_that_reads_what_is_withheld_has_it_in_later_blocks() {
    let mut fixture = Fixture::new();
    fixture.session.set("TOKEN", "captured");
    fixture.bash("ask() { echo \"asks with $TOKEN\"; }").await;
    fixture.withheld = vec!["TOKEN".to_owned(), "GIVEN".to_owned()];
    assert_eq!(fixture.bash("ask; echo ${GIVEN:-none}").await, "asks with captured\nnone\n");
}

#[tokio::test]
async fn a_missing_program_is_said_to_be_missing() {
    let mut fixture = Fixture::new();
    let environment = BTreeMap::new();
    let block = Block {
        program: &Program::named("no-such-shell -x"),
        code: "",
        directory: None,
        environment: &environment,
        secrets: &[],
        withheld: &[],
        fixed: &[],
        step: "step",
        timeout: Duration::from_secs(5),
        streams: Streams::Apart,
        keep: process::KEPT,
        confinement: None,
    };
    let result = fixture.session.run(&block, &fixture.redactor, &Cancel::new(), &mut |_, _| {}).await;
    assert!(matches!(result, Err(RunError::Launch(error)) if error.is_missing()));
}

#[tokio::test]
async fn a_large_block_runs() {
    let mut fixture = Fixture::new();
    let code = format!("# {}\nA=large; echo $A", "x".repeat(200_000));
    assert_eq!(fixture.bash(&code).await, "large\n");
    assert_eq!(fixture.bash("echo $A").await, "large\n");
}

#[tokio::test]
async fn a_large_state_is_handed_on() {
    let mut fixture = Fixture::new();
    fixture.bash("BIG=$(head -c 300000 /dev/zero | tr '\\0' x)").await;
    assert_eq!(fixture.bash("echo ${#BIG}").await, "300000\n");
}

#[tokio::test]
async fn background_jobs_live_until_the_session_ends() {
    let mut fixture = Fixture::new();
    let end = fixture.run_with("bash", "( while :; do echo tick; sleep 0.02; done ) &\nJOB=$!; echo $JOB").await;
    assert_eq!(end.ended.ending, Ending::Exit(0));
    let alive = "sleep 0.1; kill -0 $JOB && echo alive";
    assert_eq!(fixture.bash(alive).await, "alive\n", "a closed pipe would have ended it");
    let pid = fixture.bash("echo $JOB").await;
    fixture.session.end().await;
    let path = format!("/proc/{}/stat", pid.trim());
    let stat = files::read_text(Path::new(&path)).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z"), "{stat}");
}

#[tokio::test]
async fn aliases_do_not_disturb_the_prelude() {
    let mut fixture = Fixture::new();
    fixture
        .bash("alias set='echo set' trap='echo trap' cd='echo cd' printf='echo x' declare='echo d' local='echo l'")
        .await;
    assert_eq!(fixture.bash("A=1; false; true").await, "");
    assert_eq!(fixture.status("[[ $A == 1 ]]").await, Some(0));
}
