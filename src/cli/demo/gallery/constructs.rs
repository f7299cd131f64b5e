//! What the gallery shows: each construct in the formats that have it.

use super::Format::{self, Adf, Markdown, TeamsHtml, Wiki};

/// Constructs that belong together.
pub(super) struct Group {
    /// Their name, in the index, too.
    pub(super) title: &'static str,
    pub(super) constructs: &'static [Construct],
}

/// Something that people write.
pub(super) struct Construct {
    pub(super) title: &'static str,
    /// What to look at.
    pub(super) note: &'static str,
    /// How it is written; ADF without the `doc` around it.
    pub(super) sources: &'static [(Format, &'static str)],
}

/// Everything that is shown.
pub(super) const GROUPS: &[Group] = &[
    Group { title: "Words", constructs: WORDS },
    Group { title: "Lists", constructs: LISTS },
    Group { title: "Blocks", constructs: BLOCKS },
    Group { title: "People and pieces", constructs: PIECES },
    Group { title: "Hostile input", constructs: super::hostile::CONSTRUCTS },
];

const WORDS: &[Construct] = &[
    Construct {
        title: "Styles",
        note: "Bold, italic, underlined, struck, code. Colours and small letters exist in Jira only.",
        sources: &[
            (
                Adf,
                r##"{"type": "paragraph", "content": [
  {"type": "text", "text": "bold", "marks": [{"type": "strong"}]}, {"type": "text", "text": ", "},
  {"type": "text", "text": "italic", "marks": [{"type": "em"}]}, {"type": "text", "text": ", "},
  {"type": "text", "text": "under", "marks": [{"type": "underline"}]}, {"type": "text", "text": ", "},
  {"type": "text", "text": "gone", "marks": [{"type": "strike"}]}, {"type": "text", "text": ", "},
  {"type": "text", "text": "a<b", "marks": [{"type": "code"}]}, {"type": "text", "text": ", "},
  {"type": "text", "text": "red", "marks": [{"type": "textColor", "attrs": {"color": "#de350b"}}]},
  {"type": "text", "text": ", H"},
  {"type": "text", "text": "2", "marks": [{"type": "subsup", "attrs": {"type": "sub"}}]},
  {"type": "text", "text": "O"}]}"##,
            ),
            (
                TeamsHtml,
                "<p><strong>bold</strong>, <em>italic</em>, <u>under</u>, <s>gone</s>, <code>a&lt;b</code>, \
                 <span style=\"color:#de350b\">red</span>, H<sub>2</sub>O</p>",
            ),
            (Wiki, "*bold*, _italic_, +under+, -gone-, {{a<b}}, {color:#de350b}red{color}, H{~}2{~}O"),
        ],
    },
    Construct {
        title: "Paragraphs and line breaks",
        note: "A break stays a break, a paragraph a paragraph; spaces that show stay.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [
  {"type": "text", "text": "first line"}, {"type": "hardBreak"}, {"type": "text", "text": "second   line"}]},
{"type": "paragraph", "content": [{"type": "text", "text": "new paragraph"}]}"#,
            ),
            (TeamsHtml, "<p>first line<br>second&nbsp;&nbsp; line</p>\n<p>new paragraph</p>"),
        ],
    },
    Construct {
        title: "Links",
        note: "Only http, https and mailto become links; the rest stays text.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [{"type": "text", "text": "See "},
  {"type": "text", "text": "the plan", "marks": [
    {"type": "link", "attrs": {"href": "https://example.com/plan?a=1&b=2"}}]},
  {"type": "text", "text": " or "}, {"type": "inlineCard", "attrs": {"url": "https://example.com/ABC-7"}}]}"#,
            ),
            (
                TeamsHtml,
                "<p>See <a href=\"https://example.com/plan?a=1&amp;b=2\">the plan</a> or \
                 <a href=\"mailto:ann@example.com\">write to Ann</a></p>",
            ),
            (Markdown, "See [the plan](https://example.com/plan) or **[bold](https://example.com)**"),
        ],
    },
    Construct {
        title: "Headings and rules",
        note: "Teams has no safe form for either: a heading is bold there, a rule is a dash. The rule comes back.",
        sources: &[
            (
                Adf,
                r#"{"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Release 2.0"}]},
{"type": "paragraph", "content": [{"type": "text", "text": "above"}]}, {"type": "rule"},
{"type": "paragraph", "content": [{"type": "text", "text": "below"}]}"#,
            ),
            (TeamsHtml, "<h2>Release 2.0</h2><p>above</p><hr><p>below</p>"),
            (Wiki, "h2. Release 2.0\nabove\n----\nbelow"),
        ],
    },
];

const LISTS: &[Construct] = &[
    Construct {
        title: "Lists within lists",
        note: "Bullets in numbers and back, with the number they start at.",
        sources: &[
            (
                Adf,
                r#"{"type": "orderedList", "attrs": {"order": 3}, "content": [
  {"type": "listItem", "content": [
    {"type": "paragraph", "content": [{"type": "text", "text": "three"}]},
    {"type": "bulletList", "content": [{"type": "listItem", "content": [
      {"type": "paragraph", "content": [{"type": "text", "text": "inner"}]}]}]}]},
  {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "four"}]}]}]}"#,
            ),
            (
                TeamsHtml,
                "<ol start=\"3\"><li>three<ul><li>inner<ul><li>deeper</li></ul></li></ul></li><li>four</li></ol>",
            ),
            (Wiki, "# one\n#* inner\n#** deeper\n# two"),
        ],
    },
    Construct {
        title: "Tasks",
        note: "A list of signs in Teams; the signs are read as tasks when they come back.",
        sources: &[
            (
                Adf,
                r#"{"type": "taskList", "attrs": {"localId": "a"}, "content": [
  {"type": "taskItem", "attrs": {"localId": "b", "state": "DONE"}, "content": [{"type": "text", "text": "tested"}]},
  {"type": "taskItem", "attrs": {"localId": "c", "state": "TODO"}, "content": [{"type": "text", "text": "shipped"}]}]}"#,
            ),
            (TeamsHtml, "<ul><li>☑ tested</li><li>☐ shipped</li></ul>"),
            (Markdown, "- [x] tested\n- [ ] shipped"),
        ],
    },
    Construct {
        title: "Decisions",
        note: "Jira marks what was decided; Teams shows a list with a sign.",
        sources: &[(
            Adf,
            r#"{"type": "decisionList", "attrs": {"localId": "a"}, "content": [
  {"type": "decisionItem", "attrs": {"localId": "b", "state": "DECIDED"},
   "content": [{"type": "text", "text": "We ship on Monday"}]}]}"#,
        )],
    },
];

const BLOCKS: &[Construct] = &[
    Construct {
        title: "Code",
        note: "Kept to the letter, white space and angle brackets included. The language shows in Jira.",
        sources: &[
            (
                Adf,
                r#"{"type": "codeBlock", "attrs": {"language": "rust"}, "content": [
  {"type": "text", "text": "fn main() {\n    println!(\"<at>{}</at>\", 1);\n}"}]}"#,
            ),
            (
                TeamsHtml,
                "<codeblock class=\"Rust\"><code>fn main() {<br>    println!(\"&lt;at&gt;\");<br>}</code></codeblock>",
            ),
            (Wiki, "{code:java}\nint a; // *no* style\n{code}"),
        ],
    },
    Construct {
        title: "Quotes",
        note: "A quote within a quote is opened up for Jira, which has none.",
        sources: &[
            (
                Adf,
                r#"{"type": "blockquote", "content": [
  {"type": "paragraph", "content": [{"type": "text", "text": "It worked before."}]}]},
{"type": "paragraph", "content": [{"type": "text", "text": "Not for me."}]}"#,
            ),
            (
                TeamsHtml,
                "<blockquote><p>It worked before.</p><blockquote><p>When?</p></blockquote></blockquote><p>Not for me.</p>",
            ),
            (Markdown, "> It worked before.\n> > When?\n\nNot for me."),
        ],
    },
    Construct {
        title: "Panels",
        note: "A quote with a sign in Teams.",
        sources: &[
            (
                Adf,
                r#"{"type": "panel", "attrs": {"panelType": "warning"}, "content": [
  {"type": "paragraph", "content": [{"type": "text", "text": "The index is rebuilt."}]}]},
{"type": "panel", "attrs": {"panelType": "success"}, "content": [
  {"type": "paragraph", "content": [{"type": "text", "text": "All is well."}]}]}"#,
            ),
            (Wiki, "{panel:bgColor=#deebff|title=Mind}\nThe index is rebuilt.\n{panel}"),
        ],
    },
    Construct {
        title: "Expands",
        note: "Unfolded in Teams, under the title: nothing is hidden from the reader there.",
        sources: &[(
            Adf,
            r#"{"type": "expand", "attrs": {"title": "The whole log"}, "content": [
  {"type": "paragraph", "content": [{"type": "text", "text": "12:03 started"}]},
  {"type": "paragraph", "content": [{"type": "text", "text": "12:04 stopped"}]}]}"#,
        )],
    },
    Construct {
        title: "Tables",
        note: "Rows, headers and cells that cover several columns, both ways.",
        sources: &[
            (
                Adf,
                r#"{"type": "table", "content": [
  {"type": "tableRow", "content": [
    {"type": "tableHeader", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "System"}]}]},
    {"type": "tableHeader", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "State"}]}]}]},
  {"type": "tableRow", "content": [
    {"type": "tableCell", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a|b"}]}]},
    {"type": "tableCell", "content": [{"type": "paragraph", "content": [
      {"type": "status", "attrs": {"text": "DONE", "color": "green"}}]}]}]}]}"#,
            ),
            (
                TeamsHtml,
                "<table><tbody><tr><th>System</th><th>State</th></tr><tr><td>test</td><td>up</td></tr>\
                 <tr><td colspan=\"2\">all of them</td></tr></tbody></table>",
            ),
            (Markdown, "| System | State |\n|---|---|\n| test | **up** |"),
        ],
    },
];

const PIECES: &[Construct] = &[
    Construct {
        title: "Mentions",
        note: "Ann is known on both sides and is called; Ben is not, and shows as plain @Name. In code a mention is text.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [
  {"type": "mention", "attrs": {"id": "ann-in-jira", "text": "@Ann Archer"}}, {"type": "text", "text": " and "},
  {"type": "mention", "attrs": {"id": "ben-in-jira", "text": "@Ben Baker"}},
  {"type": "text", "text": " please look"}]}"#,
            ),
            (
                TeamsHtml,
                "<p><at id=\"0\">Ann</at>&nbsp;<at id=\"0\">Archer</at> and <at id=\"1\">Ben Baker</at> please look at \
                 <code><at id=\"0\">Ann Archer</at></code></p>",
            ),
            (Wiki, "[~accountid:ann-in-jira] please look"),
        ],
    },
    Construct {
        title: "Emoji",
        note: "As characters where there is one, else by name.",
        sources: &[
            (
                Adf,
                r#"{"type": "paragraph", "content": [{"type": "text", "text": "Done "},
  {"type": "emoji", "attrs": {"shortName": ":tada:", "id": "1f389", "text": "🎉"}}, {"type": "text", "text": " "},
  {"type": "emoji", "attrs": {"shortName": ":blob_dance:", "id": "own-1"}}]}"#,
            ),
            (
                TeamsHtml,
                "<p>Done <emoji id=\"party\" alt=\"🎉\" title=\"Party\"></emoji> \
                 <customemoji id=\"x\" alt=\"blob dance\"></customemoji> 👩‍👩‍👧‍👦</p>",
            ),
        ],
    },
    Construct {
        title: "Status and date",
        note: "Words in Teams: bold for the status, year-month-day for the date.",
        sources: &[(
            Adf,
            r#"{"type": "paragraph", "content": [
  {"type": "status", "attrs": {"text": "IN PROGRESS", "color": "blue"}}, {"type": "text", "text": " until "},
  {"type": "date", "attrs": {"timestamp": "1795305600000"}}]}"#,
        )],
    },
    Construct {
        title: "Pictures and files",
        note: "By name where the other side can't show them; the files themselves travel by the bridge.",
        sources: &[
            (
                Adf,
                r#"{"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [
  {"type": "media", "attrs": {"type": "file", "id": "f1", "collection": "", "alt": "plan.png"}},
  {"type": "caption", "content": [{"type": "text", "text": "The plan"}]}]},
{"type": "mediaGroup", "content": [
  {"type": "media", "attrs": {"type": "file", "id": "f2", "collection": "", "alt": "log.txt"}}]}"#,
            ),
            (
                TeamsHtml,
                "<p>Here: <img src=\"https://example.com/plan.png\" alt=\"plan.png\"></p><attachment id=\"a-1\"></attachment>",
            ),
        ],
    },
    Construct {
        title: "A quoted reply",
        note: "The older clients of Teams write the quote into the message; it becomes a quote in the comment.",
        sources: &[(
            TeamsHtml,
            "<blockquote itemscope itemtype=\"http://schema.skype.com/Reply\" itemid=\"1795255200000\">\
             <strong itemprop=\"mri\">Ann Archer</strong><p itemprop=\"preview\">Who takes it?</p></blockquote><p>I do.</p>",
        )],
    },
    Construct {
        title: "What is not known yet",
        note: "An app's macro or a node of tomorrow: its content stays, or its name.",
        sources: &[
            (
                Adf,
                r#"{"type": "extension", "attrs": {"extensionType": "com.example", "extensionKey": "roadmap"}},
{"type": "layoutSection", "content": [
  {"type": "layoutColumn", "attrs": {"width": 50}, "content": [
    {"type": "paragraph", "content": [{"type": "text", "text": "left"}]}]},
  {"type": "layoutColumn", "attrs": {"width": 50}, "content": [
    {"type": "paragraph", "content": [{"type": "text", "text": "right"}]}]}]}"#,
            ),
            (TeamsHtml, "<newtag><p>kept</p></newtag>"),
        ],
    },
];
