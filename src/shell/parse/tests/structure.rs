//! What commands stand in.

use crate::shell::{Command, Joint, LoopKind, Nesting, RedirectionKind, parse};

fn find(text: &str, name: &str) -> Command {
    parse(text).commands.into_iter().find(|command| command.name().as_deref() == Some(name)).expect("the command")
}

#[test]
fn joints_and_pipelines() {
    let script = parse("a && b || c; d | e");
    let joints: Vec<Joint> = script.commands.iter().map(|command| command.joint).collect();
    assert_eq!(joints, [Joint::Then, Joint::And, Joint::Or, Joint::Then, Joint::Pipe]);
    let place = script.commands[4].pipeline.expect("a pipeline");
    assert_eq!((place.index, place.length), (1, 2));
    assert!(script.commands[4].input_given && !script.commands[3].input_given);
    assert!(script.commands[1].is_conditional() && !script.commands[0].is_conditional());
}

#[test]
fn background_and_negation() {
    assert!(find("a & b", "a").background);
    assert!(!find("a & b", "b").background);
    assert!(find("(a; b) &", "b").background);
    assert!(find("! a", "a").negated);
}

#[test]
fn nesting() {
    assert_eq!(find("for x in y; do (a); done", "a").nesting, [Nesting::Loop(LoopKind::For), Nesting::Subshell]);
    assert_eq!(find("if c; then a; fi", "c").nesting, [Nesting::Condition]);
    assert_eq!(find("if c; then a; fi", "a").nesting, [Nesting::Branch]);
    assert_eq!(find("f() { a; }", "a").nesting, [Nesting::Function("f".to_owned()), Nesting::Group]);
    assert_eq!(find("echo $(a)", "a").nesting, [Nesting::Substitution]);
    assert_eq!(find("diff <(a) b", "a").nesting, [Nesting::ProcessSubstitution]);
    assert_eq!(find("while true; do a; done", "a").nesting, [Nesting::Loop(LoopKind::Endless)]);
    assert_eq!(find("while true; do a; break; done", "a").nesting, [Nesting::Loop(LoopKind::While)]);
    assert_eq!(find("while x; do a; done", "a").nesting, [Nesting::Loop(LoopKind::While)]);
}

#[test]
fn the_command_around_a_substitution_is_its_parent() {
    let script = parse("echo $(a \"$(b)\") > x");
    assert_eq!(script.commands[1].parent, Some(0));
    assert_eq!(script.commands[2].parent, Some(1));
    assert_eq!(script.outer_commands().count(), 1);
}

#[test]
fn redirections_have_kinds_descriptors_and_targets() {
    let command = find("a < in > out 2>> err 2>&1 &> all <<< text >| x", "a");
    let kinds: Vec<_> = command.redirections.iter().map(|it| (it.kind, it.descriptor, it.target.literal())).collect();
    let target = |text: &str| Some(text.to_owned());
    assert_eq!(
        kinds,
        [
            (RedirectionKind::Read, None, target("in")),
            (RedirectionKind::Write, None, target("out")),
            (RedirectionKind::Append, Some(2), target("err")),
            (RedirectionKind::Duplicate, Some(2), target("1")),
            (RedirectionKind::Write, None, target("all")),
            (RedirectionKind::HereString, None, target("text")),
            (RedirectionKind::Write, None, target("x")),
        ]
    );
    assert_eq!(command.span, crate::model::Span::new(0, 46));
}

#[test]
fn a_here_document_has_its_body() {
    let text = "cat <<'E'\na $b\nE\ncat <<E\na $b\nE\n";
    let script = parse(text);
    let bodies: Vec<_> = script.commands.iter().filter_map(|command| command.redirections[0].body.clone()).collect();
    assert!(bodies[0].quoted && !bodies[1].quoted);
    assert_eq!(text.get(bodies[1].span.start..bodies[1].span.end), Some("a $b\n"));
    assert_eq!(script.reads.len(), 1);
}

#[test]
fn redirections_of_a_loop_are_a_command_without_words() {
    let script = parse("while read -r x; do a; done < f > g");
    let last = script.commands.last().expect("a command");
    assert_eq!((last.redirections.len(), last.words.len()), (2, 0));
    assert!(script.commands[0].input_given);
}

#[test]
fn comments_are_known() {
    let text = "# a\nls # b\nif x; then # c\n  y\nfi\n";
    let comments: Vec<_> = parse(text).comments.iter().filter_map(|span| text.get(span.start..span.end)).collect();
    assert_eq!(comments, ["# a", "# b", "# c"]);
}

#[test]
fn a_command_spans_from_its_first_word_to_its_last() {
    let text = "x; A=1 ls -l > out && y";
    let command = find(text, "ls");
    assert_eq!(text.get(command.span.start..command.span.end), Some("A=1 ls -l > out"));
}
