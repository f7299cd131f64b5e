//! Input that means harm, and what becomes of it: words.

use super::Format::{Adf, Markdown, TeamsHtml, Wiki};
use super::constructs::Construct;

pub(super) const CONSTRUCTS: &[Construct] = &[
    Construct {
        title: "Scripts",
        note: "In Jira they are words and stay words; in a message they are tags and vanish.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [
  {"type": "text", "text": "<script>alert(1)</script> <img src=x onerror=alert(1)>"}]}"#,
            ),
            (
                TeamsHtml,
                "<p>seen<script>alert(1)</script><img src=x onerror=\"alert(1)\" alt=\"x\"></p><iframe src=\"https://example.com\">",
            ),
        ],
    },
    Construct {
        title: "Links that run",
        note: "The words stay, the address goes.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [{"type": "text", "text": "click me", "marks": [
  {"type": "link", "attrs": {"href": "javascript:alert(1)"}}]}]}"#,
            ),
            (
                TeamsHtml,
                "<p><a href=\"java&#x0A;script:alert(1)\">click me</a> <a href=\"data:text/html,x\">or me</a></p>",
            ),
            (Markdown, "[click me](javascript:alert(1)) or [me](vbscript:x)"),
        ],
    },
    Construct {
        title: "Mentions that nobody made",
        note: "Words that look like a mention call nobody, on either side.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [
  {"type": "text", "text": "<at id=\"0\">Ann Archer</at>, [~ann] and @Ann Archer"}]}"#,
            ),
            (
                TeamsHtml,
                "<p>&lt;at id=\"0\"&gt;Ann Archer&lt;/at&gt; [~accountid:ann-in-jira] <at id=\"9\">Somebody</at></p>",
            ),
        ],
    },
    Construct {
        title: "Text that turns round",
        note: "Overrides of direction and characters without width are dropped; Hebrew and emoji keep theirs.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [
  {"type": "text", "text": "invoice\u202efdp.exe pass\u200bword שלום 👩‍👩‍👧‍👦"}]}"#,
            ),
            (TeamsHtml, "<p>invoice&#x202E;fdp.exe pass&#x200B;word &#x05E9;&#x05DC;&#x05D5;&#x05DD;</p>"),
        ],
    },
    Construct {
        title: "Macros and markup",
        note: "Signs of another format are words; they are escaped where they would mean something.",
        sources: &[
            (TeamsHtml, "<p>{html}&lt;b&gt;{html} h1. *big* [x|javascript:y] ![x](y) ||head||</p>"),
            (Wiki, "{html}<b onclick=x>{html} {include:SECRET} !http://a/b.png|onload=x!"),
            (Markdown, "<b onclick=\"x\">html</b> &lt;at&gt;Ann&lt;/at&gt;\n\n<script>alert(1)</script>"),
        ],
    },
    Construct {
        title: "Markup that never ends",
        note: "Every word stays, in its order.",
        sources: &[
            (
                TeamsHtml,
                "<p><at id=\"0\">Ann<p>said <b>this <i>and</b> that</i><table><td>in a cell<li>in a list",
            ),
            (Wiki, "{code} never closed *nor this\n{quote}\nsaid [~ |||"),
        ],
    },
];
