//! One comment with a bit of everything, as each format has it.

use serde_json::{Value, json};

use super::schema::assert_valid;
use super::{Document, adf, markdown, teams_html, wiki};

fn comment() -> Value {
    let text = |text: &str| json!({"type": "text", "text": text});
    let marked = |text: &str, mark: &str| json!({"type": "text", "text": text, "marks": [{"type": mark}]});
    let paragraph = |content: Value| json!({"type": "paragraph", "content": content});
    let item = |content: Value| json!({"type": "listItem", "content": content});
    let cell = |kind: &str, words: &str| json!({"type": kind, "content": [paragraph(json!([text(words)]))]});
    json!({"type": "doc", "version": 1, "content": [
        {"type": "heading", "attrs": {"level": 2}, "content": [text("Release 2*0")]},
        paragraph(json!([
            {"type": "mention", "attrs": {"id": "5b10", "text": "@Ann Example"}}, text(" please "),
            marked("look", "strong"), text(" at "), marked("a<b", "code"), text(", "), marked("not", "strike"),
            text(" "), {"type": "text", "text": "there", "marks": [{"type": "link", "attrs": {"href": "https://example.com/?a=1&b=2"}}]},
        ])),
        {"type": "orderedList", "attrs": {"order": 3}, "content": [
            item(json!([paragraph(json!([text("three")])),
                {"type": "bulletList", "content": [item(json!([paragraph(json!([marked("inner", "em")]))]))]}])),
            item(json!([paragraph(json!([text("four")]))]))]},
        {"type": "taskList", "attrs": {"localId": "x"}, "content": [
            {"type": "taskItem", "attrs": {"localId": "y", "state": "DONE"}, "content": [text("tested")]},
            {"type": "taskItem", "attrs": {"localId": "z", "state": "TODO"}, "content": [text("shipped")]}]},
        {"type": "codeBlock", "attrs": {"language": "rust"}, "content": [text("let a = \"<at>\";\nlet b = a;")]},
        {"type": "blockquote", "content": [paragraph(json!([text("said before")]))]},
        {"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(json!([text("careful")]))]},
        {"type": "expand", "attrs": {"title": "More"}, "content": [paragraph(json!([text("folded")]))]},
        {"type": "table", "content": [
            {"type": "tableRow", "content": [cell("tableHeader", "Name"), cell("tableHeader", "State")]},
            {"type": "tableRow", "content": [cell("tableCell", "a|b"), {"type": "tableCell", "content": [
                paragraph(json!([{"type": "status", "attrs": {"text": "DONE", "color": "green"}}]))]}]}]},
        {"type": "rule"},
        {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [
            {"type": "media", "attrs": {"type": "file", "id": "f1", "collection": "", "alt": "plan.png"}}]},
    ]})
}

fn document() -> Document {
    let adf = comment();
    assert_valid(&adf);
    adf::read(&adf)
}

#[test]
fn in_adf_it_comes_back_as_it_was() {
    let again = adf::write(&document());
    assert_valid(&again);
    assert_eq!(adf::read(&again), document());
}

#[test]
fn in_teams_it_is_the_safe_subset() {
    let html = teams_html::write(&document()).html.replace("</p>", "</p>\n").replace("</ul>", "</ul>\n");
    insta::assert_snapshot!(html, @r###"
<p><strong>Release 2*0</strong></p>
<p>@Ann Example please <strong>look</strong> at <code>a&lt;b</code>, <s>not</s> <a href="https://example.com/?a=1&amp;b=2">there</a></p>
<ol start="3"><li>three<ul><li><em>inner</em></li></ul>
</li><li>four</li></ol><ul><li>☑ tested</li><li>☐ shipped</li></ul>
<pre><code>let a = &quot;&lt;at&gt;&quot;;
let b = a;</code></pre><blockquote><p>said before</p>
</blockquote><blockquote><p>⚠️ careful</p>
</blockquote><p><strong>More</strong></p>
<p>folded</p>
<table><tbody><tr><th>Name</th><th>State</th></tr><tr><td>a|b</td><td><strong>DONE</strong></td></tr></tbody></table><p>———</p>
<p>[plan.png]</p>
"###);
}

#[test]
fn in_markdown_it_is_what_teams_shows_of_a_bot() {
    insta::assert_snapshot!(markdown::write(&document()), @r###"
**Release 2\*0**

@Ann Example please **look** at `a<b`, ~~not~~ [there](https://example.com/?a=1&b=2)

3. three
   - _inner_
4. four

- ☑ tested
- ☐ shipped

```rust
let a = "<at>";
let b = a;
```

> said before

> ⚠️ careful

**More**

folded

**Name** | **State**

a|b | **DONE**

———

\[plan.png\]
"###);
}

#[test]
fn in_wiki_markup_it_is_what_data_center_keeps() {
    insta::assert_snapshot!(wiki::write(&document()), @r###"
h2. Release 2\*0

[~accountid:5b10] please {*}look{*} at {{a<b}}, {-}not{-} [there|https://example.com/?a=1&b=2]

# three
#* {_}inner{_}
# four

* ☑ tested
* ☐ shipped

{code:rust}
let a = "<at>";
let b = a;
{code}

{quote}
said before
{quote}

{panel:bgColor=#fffae6}
careful
{panel}

{*}More{*}

folded

||Name||State||
|a\|b|{*}DONE{*}|

----

\[plan.png\]
"###);
}
