//! The gallery shows what it says.

use super::*;
use crate::content::schema::assert_valid;

fn all() -> impl Iterator<Item = (&'static str, Format, &'static str)> {
    let constructs = GROUPS.iter().flat_map(|group| group.constructs);
    constructs.flat_map(|found| found.sources.iter().map(|(format, source)| (found.title, *format, *source)))
}

#[test]
fn every_example_of_adf_is_valid_and_every_message_too() {
    for (title, format, source) in all() {
        if format == Format::Adf && title != "Links that run" {
            assert_valid(&nodes(source));
        }
        let document = format.read(source);
        assert!(!document.is_empty(), "{title}");
        assert_valid(&adf::write(&document));
    }
}

#[test]
fn neither_side_shows_anything_that_runs() {
    for (title, format, source) in all() {
        let way = Way::of(format, source);
        for html in [&way.in_jira, &way.in_teams] {
            for tag in ["<script", "<img", "<iframe", "href=\"javascript", "href=\"data", " onclick=\""] {
                assert!(!html.contains(tag), "{title}: {html}");
            }
        }
        let arrived = if way.from_jira { &way.in_teams } else { &way.in_jira };
        assert!(!arrived.contains(['\u{202e}', '\u{200b}']), "{title}: {arrived}");
    }
}

#[test]
fn a_person_known_on_both_sides_is_called_and_another_is_named() {
    let way = Way::of(Format::TeamsHtml, "<p><at id=\"0\">Ann</at>, <at id=\"1\">Ben</at></p>");
    assert_eq!(
        way.in_teams,
        "<p><b class=\"mention\">@Ann Archer</b>, <b class=\"mention\">@Ben Baker</b></p>"
    );
    assert_eq!(way.in_jira, "<p><b class=\"mention\">@Ann Archer</b>, @Ben Baker</p>");
}

#[tokio::test]
async fn the_page_is_made_and_lets_nothing_run() {
    let page = page().await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'none'")
    );
}
