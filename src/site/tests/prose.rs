use super::{html, rules, site, text};

#[test]
fn a_placeholder_in_prose_is_text() {
    assert_eq!(html("Restart <pod-name> now.\n"), "<p>Restart <b class=p>&lt;pod-name&gt;</b> now.</p>");
}

#[test]
fn a_placeholder_alone_on_its_line_is_text() {
    assert!(html("<pod-name>\nis the pod.\n").contains("&lt;pod-name&gt;"));
}

#[test]
fn harmless_html_stays() {
    assert_eq!(html("Press <kbd>Ctrl</kbd><br>now.\n"), "<p>Press <kbd>Ctrl</kbd><br>now.</p>");
    let page = html("<details open>\n<summary>More</summary>\n\nInner **text**.\n\n</details>\n");
    assert!(page.starts_with("<details open=\"\">\n<summary>More</summary>"), "{page}");
    assert!(page.contains("<strong>text</strong>"));
    assert!(page.trim_end().ends_with("</details>"));
}

#[test]
fn scripts_styles_and_handlers_are_dropped_and_named() {
    let made = site(&[(
        "page",
        "<script>alert(1)</script>\n\n<div onclick=\"x()\" style=\"y\" title=\"t\">z</div>\n\na <style>b{}</style> c\n",
    )]);
    let page = text(&made, "page");
    assert!(
        !page.contains("alert") && !page.contains("onclick") && !page.contains("style") && !page.contains("b{}"),
        "{page}"
    );
    assert!(page.contains("<div title=\"t\">z</div>"));
    assert_eq!(rules(&made).iter().filter(|(rule, _)| *rule == "raw-html").count(), 4);
}

#[test]
fn a_javascript_link_is_no_link() {
    let made = site(&[("page", "[a](javascript:alert(1)) <a href=\"javascript:x\">b</a>\n")]);
    assert_eq!(text(&made, "page"), "<p>a <a>b</a></p>");
}

#[test]
fn comments_are_not_shown() {
    assert_eq!(html("a <!-- b --> c\n"), "<p>a  c</p>");
}

#[test]
fn html_that_is_left_open_is_closed() {
    assert_eq!(html("a <kbd>b\n\nc\n"), "<p>a <kbd>b</kbd></p>\n<p>c</p>");
    assert!(html("<details>\n<summary>x</summary>\n\ny\n").trim_end().ends_with("</details>"));
}

#[test]
fn an_end_without_a_beginning_is_left_out() {
    assert_eq!(html("a</details></div></kbd> b\n"), "<p>a&lt;/details&gt;&lt;/div&gt; b</p>");
}

#[test]
fn a_task_is_a_checkbox_with_its_text_as_label() {
    let page = html("- [ ] look\n- [x] done\n\n  ```text\n  x\n  ```\n");
    assert!(page.contains("<label><input type=checkbox disabled checked> <span>done</span></label>"), "{page}");
    assert!(page.find("</label>").unwrap() < page.find("<figure").unwrap());
}

#[test]
fn table_cells_are_aligned_by_class() {
    let page = html("# T\n\n| a | b |\n| :-: | --: |\n| 1 | 2 |\n");
    assert!(
        page.contains("<th scope=\"col\" class=\"center\">a</th>") && page.contains("<td class=\"right\">2</td>"),
        "{page}"
    );
    assert!(!page.contains("style="));
    assert!(page.contains("tabindex=\"0\""));
}

#[test]
fn a_github_callout_has_its_word() {
    assert!(html("> [!WARNING]\n> Careful.\n").contains("<p class=\"callout-title\">Warning</p>"));
}

#[test]
fn the_title_is_the_only_h1() {
    let made = site(&[("page", "# One\n\n# Two\n\n## Three {#iii}\n")]);
    let page = super::file(&made, "page/index.html");
    assert_eq!(page.matches("<h1").count(), 1);
    assert!(page.contains("<h2 id=\"two\">Two<") && page.contains("<h2 id=\"iii\">Three<"));
}

#[test]
fn footnotes_are_numbered_as_they_are_used_and_listed_below() {
    let page = html("a[^x] b[^y]\n\n[^y]: second\n[^x]: first\n");
    assert!(page.contains("id=\"note-1-from\""));
    assert!(page.find("first").unwrap() < page.find("second").unwrap());
}

#[test]
fn arbitrary_signs_never_break_out_of_the_page() {
    let page = html("`<b onclick=x>` & \"q\" <a title='\"><script>'>z</a>\n");
    assert!(!page.contains("<script>") && !page.contains("<b onclick"), "{page}");
}

#[test]
fn a_column_says_when_the_runbook_of_each_row_was_last_verified() {
    let index = "## East {#east}\n\n| a | Last verified |\n| --- | --- |\n| [b](b.md) | |\n| [c](c.md) | |\n| [b](b.md) | mine |\n\n\
                 | a | b |\n| --- | --- |\n| [b](b.md) | |\n";
    let made = site(&[("a", index), ("b", "```bash check\ntrue\n```\n"), ("c", "Words.\n")]);
    let page = text(&made, "a");
    for cell in ["<td>never</td>", "<td>nothing to verify</td>", "<td>mine</td>", "<td></td>"] {
        assert_eq!(page.matches(cell).count(), 1, "{cell}: {page}");
    }
}

#[test]
fn a_column_without_a_name_has_no_head() {
    let made = site(&[("a", "| | b |\n| --- | --- |\n| x | y |\n")]);
    let page = text(&made, "a");
    assert!(page.contains("<tr><td></td><th scope=\"col\">b</th></tr>"), "{page}");
}
