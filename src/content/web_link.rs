//! Which addresses may become links: `http`, `https` and `mailto`, and nothing that runs.

use url::Url;

/// The most bytes of an address that becomes a link. Browsers give up at about as many.
pub const MAX: usize = 8 * 1024;

/// The address as it may stand in a link, or nothing if it must stay text.
///
/// Relative addresses lead nowhere on the other platform, other schemes may run code.
pub fn safe(href: &str) -> Option<String> {
    let href = href.trim();
    let parsed = if href.len() <= MAX { Url::parse(href).ok()? } else { return None };
    let allowed = match parsed.scheme() {
        "http" | "https" => parsed.has_host(),
        "mailto" => !parsed.path().is_empty(),
        _ => false,
    };
    // `https:a` is a web address to some and a relative one to others: all of them shall read the same.
    let plain = ["http://", "https://", "mailto:"].iter().any(|start| starts_with(href, start));
    let printable = !href.chars().any(|found| found.is_control() || found.is_whitespace());
    let harmless = super::harmless(href) == href;
    if !allowed {
        return None;
    }
    Some(if plain && printable && harmless { href.to_owned() } else { String::from(parsed) })
}

fn starts_with(href: &str, start: &str) -> bool {
    href.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
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
    fn an_address_means_the_same_to_everybody() {
        assert_eq!(safe("https:example.com/a").as_deref(), Some("https://example.com/a"));
        assert_eq!(safe("https:\\\\example.com").as_deref(), Some("https://example.com/"));
        assert_eq!(safe("HTTPS://example.com").as_deref(), Some("HTTPS://example.com"));
        assert_eq!(safe(&format!("https://example.com/{}", "a".repeat(super::MAX))), None);
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
