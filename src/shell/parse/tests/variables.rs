//! Variables read and set.

use crate::shell::{SetBy, parse};

fn reads(text: &str) -> Vec<String> {
    parse(text)
        .reads
        .iter()
        .map(|read| {
            let written = text.get(read.span.start..read.span.end).expect("boundaries");
            assert!(written.contains(&read.name), "{written:?} holds {:?}", read.name);
            read.name.clone()
        })
        .collect()
}

fn sets(text: &str) -> Vec<(String, SetBy)> {
    parse(text).sets.into_iter().map(|set| (set.name, set.by)).collect()
}

fn free(text: &str) -> Vec<String> {
    parse(text).free_variables().into_iter().map(|read| read.name.clone()).collect()
}

#[test]
fn every_form_of_expansion_reads() {
    assert_eq!(
        reads("echo $A \"${B}\" ${C:-$D} ${#E} ${F%x} ${G[$H]} $((I + J)) ${K:0:L} \"$(echo $M)\" ${!N} ${O/$P/q}"),
        ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "M", "N", "O", "P"]
    );
    assert_eq!(reads("[[ $A == $B* && -n ${C} ]]"), ["A", "B", "C"]);
    assert_eq!(reads("for x in $A; do case $B in $C) ;; esac; done < \"$D\""), ["A", "B", "C", "D"]);
}

#[test]
fn quoted_dollars_do_not_read() {
    assert!(reads("echo '$A' \\$B \"\\$C\" $'$D'").is_empty());
    assert!(reads("cat <<'E'\n$A\nE\n").is_empty());
}

#[test]
fn everything_that_sets_is_known() {
    for (text, expected) in [
        ("A=b", SetBy::Assignment),
        ("export A=b", SetBy::Assignment),
        ("local A=b", SetBy::Assignment),
        ("declare -r A=b", SetBy::Assignment),
        ("export A", SetBy::Declaration),
        ("for A in b; do c; done", SetBy::Loop),
        ("read -r A", SetBy::Builtin),
        ("read -p 'x ' -a A", SetBy::Builtin),
        ("mapfile -t A < f", SetBy::Builtin),
        ("printf -v A '%s' b", SetBy::Builtin),
        ("getopts ab A", SetBy::Builtin),
        (": ${A:=b}", SetBy::Expansion),
        ("((A = 1))", SetBy::Expansion),
        ("A+=b", SetBy::Assignment),
        ("A=(b c)", SetBy::Assignment),
        ("eval 'A=b'", SetBy::Assignment),
    ] {
        assert_eq!(sets(text), [("A".to_owned(), expected)], "{text:?}");
    }
}

#[test]
fn what_ends_with_a_command_or_runs_elsewhere_does_not_set() {
    for text in ["A=b ls", "ssh host 'A=b'", "sh -c 'A=b'", "kubectl exec x -- sh -c 'read A'", "sudo env A=b ls"] {
        assert!(sets(text).is_empty(), "{text:?}");
    }
}

#[test]
fn values_exports_and_scope_are_told() {
    let script = parse("A=b; export C=\"$A\"; (D=e); F+=g; echo x | read H");
    let told: Vec<_> = script
        .sets
        .iter()
        .map(|set| {
            (set.name.as_str(), set.value.as_ref().and_then(crate::shell::Word::literal), set.exported, set.confined)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("A", Some("b".to_owned()), false, false),
            ("C", None, true, false),
            ("D", Some("e".to_owned()), false, true),
            ("F", None, false, false),
            ("H", None, false, true),
        ]
    );
    assert!(script.sets[1].value.is_some());
}

#[test]
fn free_variables_are_read_before_they_are_set() {
    assert_eq!(free("echo $A; A=b; echo $A $C ${D:-x} $1 $? \"$@\" $C"), ["A", "C"]);
    assert!(free("for p in a b; do echo $p; done").is_empty());
    assert!(free("NS=x; kubectl -n $NS get po").is_empty());
    assert!(free("kubectl exec x -- sh -c 'echo $INSIDE'").is_empty());
}
