//! Markdown as people write it for other tools.

use super::*;

#[test]
fn every_spelling_of_a_callout_is_one() {
    let spellings = [
        "> [!WARNING]\n> Careful with `x`.\n",
        "> **Warning**\n> Careful with `x`.\n",
        "> **Warning:** Careful with `x`.\n",
        "!!! warning\n    Careful with `x`.\n",
        "!!! warning\n\n    Careful with `x`.\n",
        ":::warning\nCareful with `x`.\n:::\n",
        "{{< warning >}}\nCareful with `x`.\n{{< /warning >}}\n",
        "{{% warning %}} Careful with `x`. {{% /warning %}}\n",
        "```{warning}\nCareful with `x`.\n```\n",
    ];
    for spelling in spellings {
        let text = format!("# X\n\nbefore\n\n{spelling}\nafter\n");
        let site = site(&[("x", &text)]);
        let html = file(&site, "x/index.html");
        let expected = "<div class=\"callout warning\" role=\"note\"><p class=\"callout-title\">Warning</p>\n<p>Careful with <code>x</code>.</p>\n</div>";
        assert!(
            html.contains(expected),
            "{spelling}\n{}",
            html.split("<div class=\"text\">").nth(1).unwrap_or_default()
        );
        assert!(html.contains("<p>before</p>") && html.contains("<p>after</p>"), "{spelling}");
    }
}

#[test]
fn a_fence_in_a_callout_is_code_and_a_step_after_it_is_still_a_step() {
    let text = "# X\n\n!!! note \"Mind <this>\"\n\n    ```bash\n    ls -l\n\n    pwd\n    ```\n\n```bash check title=\"It is up\"\ntrue\n```\n";
    let site = site(&[("x", text)]);
    let html = file(&site, "x/index.html");
    assert!(html.contains("<b>ls</b>") && html.contains("<b>pwd</b>"), "{html}");
    assert!(html.contains("Mind") && html.contains("class=\"step check\"") && html.contains("It is up"), "{html}");
}

#[test]
fn tabs_are_sections_that_open() {
    let text = "# X\n\n=== \"AWS\"\n\n    ```bash\n    aws x\n    ```\n\n=== \"GCP\"\n\n    gcloud\n\nafter\n";
    let site = site(&[("x", text)]);
    let html = file(&site, "x/index.html");
    assert!(
        html.contains("<details><summary>AWS</summary>") || html.contains("<details>\n<summary>AWS</summary>"),
        "{html}"
    );
    assert!(html.contains("<b>aws x</b>") && html.contains("<p>gcloud</p>") && html.contains("<p>after</p>"), "{html}");
}

#[test]
fn raw_html_passes_as_it_is_only_where_the_site_says_so() {
    let text = "# X\n\n<div style=\"color: red\" onclick=\"x()\">a</div>\n";
    let mut input = input(&[("x", text)]);
    assert!(!file(&build(&input), "x/index.html").contains("onclick"));
    input.config.unsafe_html = true;
    assert!(file(&build(&input), "x/index.html").contains("<div style=\"color: red\" onclick=\"x()\">a</div>"));
}

/// White space of every kind: in a text, some of it is indentation, and some of it is a letter like any other.
const SPACES: &[&str] = &[
    "", " ", "\t", "    ", "\u{a0}", "\u{3000}", "\u{2003}", "\u{85}", "\u{b}", "\u{c}", "\u{2028}", "\u{feff}", "\r",
];

/// Whatever a line can begin with that is rewritten or drawn in a way of its own.
const SIGNS: &[&str] = &[
    "> **Note** é",
    "> **Warning:**",
    "> é",
    ">",
    ">> x",
    "> [!TIP]",
    "!!! note",
    "!!! warning \"é\"",
    "??? tip",
    ":::note",
    ":::",
    "=== \"é\"",
    "{{< note >}}",
    "{{% tip %}} é {{% /tip %}}",
    "{{< /note >}}",
    "```{note}",
    "```bash check id=a",
    "```output",
    "```",
    "~~~",
    "{% highlight sh %}",
    "{% endhighlight %}",
    "[TOC]",
    "- [ ] é",
    "1. é",
    "# é",
    "| é | last verified |",
    "| - | - |",
    "<details>",
    "<summary>é",
    "</details>",
    "<pod-name>",
    "<!-- é",
    "-->",
    "[^1]: é",
    "é[^1]",
    "---",
    "`é",
    "$ é",
    "{#é}",
    "",
];

#[test]
fn white_space_of_every_kind_before_and_after_every_sign_is_drawn() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut pick = |from: &[&'static str]| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        from[usize::try_from(seed % from.len() as u64).unwrap()]
    };
    let texts: Vec<(String, String)> = (0..600)
        .map(|number| {
            let lines = (0..16).map(|_| [pick(SPACES), pick(SIGNS), pick(SPACES), "\n"].concat());
            (format!("t{number}"), lines.collect())
        })
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    assert_eq!(site(&texts).pages, 600);
}
