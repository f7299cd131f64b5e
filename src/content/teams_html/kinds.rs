//! What the elements of HTML are to the tree.

use super::tags::Element;
use crate::content::build::Container;

/// The container of the tree that an element makes, if it makes one.
pub fn container_of(element: &Element) -> Option<Container> {
    let number = |name| element.attribute(name).and_then(|value| value.trim().parse().ok());
    Some(match element.name.as_str() {
        "blockquote" => Container::Quote,
        "ul" => Container::Bullets,
        "ol" => Container::Numbers(number("start").unwrap_or(1)),
        "li" => Container::Item,
        "table" => Container::Table,
        "tr" => Container::Row,
        name @ ("td" | "th") => Container::Cell {
            header: name == "th",
            colspan: number("colspan").unwrap_or(1).clamp(1, 1000),
            rowspan: number("rowspan").unwrap_or(1).clamp(1, 1000),
        },
        "h1" => Container::Heading(1),
        "h2" => Container::Heading(2),
        "h3" => Container::Heading(3),
        "h4" => Container::Heading(4),
        "h5" => Container::Heading(5),
        "h6" => Container::Heading(6),
        _ => return None,
    })
}

/// Whether an element makes a container.
pub fn is_container(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "ul"
            | "ol"
            | "li"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}

/// Whether an element stands within a line. Any unknown element does.
pub fn is_inline(name: &str) -> bool {
    !(is_container(name)
        || matches!(
            name,
            "p" | "div"
                | "pre"
                | "codeblock"
                | "section"
                | "article"
                | "header"
                | "footer"
                | "main"
                | "nav"
                | "aside"
                | "figure"
                | "figcaption"
                | "dl"
                | "dt"
                | "dd"
                | "address"
                | "tbody"
                | "thead"
                | "tfoot"
                | "caption"
                | "body"
                | "html"
                | "head"
                | "title"
                | "form"
                | "details"
                | "summary"
                | "fieldset"
        ))
}
