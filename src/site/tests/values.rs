//! Values in the commands of a page, as they are shown before a script has run.

use super::*;
use crate::model::Target;

fn target(name: &str, params: &[(&str, &str)]) -> Target {
    let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Target { name: name.to_owned(), params, ..Target::default() }
}

fn page(text: &str, targets: Vec<Target>) -> String {
    let mut input = input(&[("x", text)]);
    input.targets = targets;
    String::from_utf8(build(&input).files["x/index.html"].clone()).unwrap()
}

#[test]
fn commands_show_the_values_of_the_first_target() {
    let text = "---\nparams: [NS]\n---\n# X\n\n```bash\nls $NS ${NS}a '$NS' $OTHER\n```\n";
    let html = page(text, vec![target("east", &[("NS", "shop")]), target("west", &[("NS", "other")])]);
    assert!(html.contains("<b class=v data-v=$NS>shop</b> <b class=v data-v=${NS}>shop</b>a"), "{html}");
    assert!(html.contains("data-reads=\"NS\""), "{html}");
    assert!(html.contains("<b class=x>export NS=shop\n</b>") && html.contains("<b class=v>$OTHER</b>"), "{html}");
}

#[test]
fn a_value_that_a_shell_could_misread_is_set_by_a_line_of_its_own() {
    let text = "---\nparams:\n  - name: NS\n    default: \"a'; b\"\n---\n# X\n\n```bash\nls $NS\n```\n";
    let html = page(text, Vec::new());
    assert!(html.contains("<b class=x>export NS='a'\\''; b'\n</b>"), "{html}");
    assert!(html.contains("<b class=v data-v=$NS>$NS</b>"), "{html}");
}

#[test]
fn a_default_may_refer_to_a_value_before_it_and_a_secret_is_not_shown() {
    let text = "---\nparams:\n  - name: NS\n    default: shop\n  - name: HOST\n    default: api.${NS}.svc\n  \
                - name: KEY\n    secret: true\n    default: hidden-value\n---\n# X\n\n```bash\ncurl $HOST $KEY\n```\n";
    let html = page(text, Vec::new());
    assert!(html.contains("data-v=$HOST>api.shop.svc</b>"), "{html}");
    assert!(html.contains("<b class=\"v gap\" data-v=$KEY>$KEY</b>") && !html.contains("hidden-value"), "{html}");
}

#[test]
fn a_captured_name_is_left_alone() {
    let text = "---\nparams:\n  - name: POD\n    default: x\n---\n# X\n\n```bash check capture=POD\necho y\n```\n\n```bash\nls $POD\n```\n";
    assert!(page(text, Vec::new()).contains("<b class=v>$POD</b>"));
}

#[test]
fn the_list_of_values_stands_open_only_where_one_is_to_be_filled_in() {
    let front = "---\nparams:\n  - name: NS\n    required: true\n---\n# X\n\n```bash\nls $NS\n```\n";
    let missing = page(front, Vec::new());
    assert!(missing.contains("id=\"values\" open>") && missing.contains("data-missing>1 to fill in"), "{missing}");
    let known = page(front, vec![target("east", &[("NS", "shop")])]);
    assert!(known.contains("id=\"values\">") && known.contains("data-missing hidden>"), "{known}");
}
