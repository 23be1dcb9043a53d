use super::{build, input, site, text};

#[test]
fn a_link_to_a_file_leads_to_its_page_and_anchor() {
    let made = site(&[("a/x", "[y](../b/y.md#part) [z](/z.md)\n"), ("b/y", "# Y\n\n## Part\n"), ("z", "# Z\n")]);
    assert_eq!(
        text(&made, "a/x"),
        "<p><a href=\"../../b/y/index.html#part\">y</a> <a href=\"../../z/index.html\">z</a></p>"
    );
}

#[test]
fn a_link_to_nothing_is_text() {
    assert_eq!(text(&site(&[("a/x", "see [y](../b/yy.md)\n")]), "a/x"), "<p>see y</p>");
}

#[test]
fn a_loose_anchor_leads_there_all_the_same() {
    let made = site(&[("x", "# X\n\n[a](#Some--part)\n\n## Some part\n")]);
    assert!(text(&made, "x").contains("<a href=\"#some-part\">a</a>"));
}

#[test]
fn files_of_the_content_are_published_and_linked() {
    let mut input = input(&[("a/x", "![graph](img/g.png) [run](../run.sh)\n")]);
    input.files.insert("a/img/g.png".to_owned(), b"png".to_vec());
    input.files.insert("run.sh".to_owned(), b"sh".to_vec());
    let made = build(&input);
    assert_eq!(made.files["a/img/g.png"], b"png");
    let page = text(&made, "a/x");
    assert!(page.contains("<img src=\"../../a/img/g.png\" loading=\"lazy\" alt=\"graph\">"), "{page}");
    assert!(page.contains("<a href=\"../../run.sh\">run</a>"));
}

#[test]
fn an_image_of_another_host_is_a_link() {
    for image in ["![badge](https://example.com/b.svg)\n", "<img alt='badge' src='https://example.com/b.svg'>\n"] {
        let made = site(&[("x", image)]);
        let page = text(&made, "x");
        assert!(
            !page.contains("<img") && page.contains("href=\"https://example.com/b.svg\">Image: badge</a>"),
            "{page}"
        );
    }
}

#[test]
fn paths_with_spaces_are_found_and_encoded() {
    let made = site(&[("a b/c d", "x\n"), ("e", "[c](<a b/c d.md>) [c](a%20b/c%20d.md)\n")]);
    assert_eq!(text(&made, "e").matches("href=\"../a%20b/c%20d/index.html\"").count(), 2);
}

#[test]
fn a_folder_is_linked_by_its_name_or_its_readme() {
    let made = site(&[("a/README", "# All of a\n"), ("b", "[one](a/) [two](a/README.md)\n")]);
    assert_eq!(text(&made, "b").matches("href=\"../a/index.html\"").count(), 2);
}

#[test]
fn an_address_in_angle_brackets_leads_to_a_mail() {
    let made = site(&[("x", "<ops@example.com>\n")]);
    assert!(text(&made, "x").contains("<a href=\"mailto:ops@example.com\""), "{}", text(&made, "x"));
}
