//! Which addresses may become links: `http`, `https` and `mailto`, and nothing that runs.

use url::Url;

/// The address as it may stand in a link, or nothing if it must stay text.
///
/// Relative addresses lead nowhere on the other platform, other schemes may run code.
pub fn safe(href: &str) -> Option<String> {
    let href = href.trim();
    let parsed = Url::parse(href).ok()?;
    let allowed = match parsed.scheme() {
        "http" | "https" => parsed.has_host(),
        "mailto" => !parsed.path().is_empty(),
        _ => false,
    };
    let printable = !href.chars().any(|found| found.is_control() || found.is_whitespace());
    let harmless = super::harmless(href) == href;
    if !allowed {
        return None;
    }
    Some(if printable && harmless { href.to_owned() } else { String::from(parsed) })
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn ordinary_links_stay_as_they_are() {
        for href in ["https://example.com", "http://example.com/a?b=c#d", "mailto:ann@example.com"] {
            assert_eq!(safe(href).as_deref(), Some(href));
        }
    }

    #[test]
    fn what_could_run_or_leads_nowhere_is_no_link() {
        for href in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "/browse/ABC-1",
            "#top",
            "",
            "mailto:",
            "msteams://x",
        ] {
            assert_eq!(safe(href), None, "{href}");
        }
    }

    #[test]
    fn an_address_cannot_disguise_itself() {
        assert_eq!(
            safe("https://example.com/\u{202e}gpj.exe").as_deref(),
            Some("https://example.com/%E2%80%AEgpj.exe")
        );
        assert_eq!(safe("https://example.com/a b").as_deref(), Some("https://example.com/a%20b"));
    }
}
