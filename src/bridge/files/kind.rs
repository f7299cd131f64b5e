//! Which bytes are a picture: said by the bytes, never by a name or a platform.

/// Kinds of pictures that browsers show and that hold no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bridge) enum Picture {
    Png,
    Jpeg,
    Gif,
    Webp,
}

impl Picture {
    /// The kind that a file with this beginning is (16 bytes are enough).
    pub(in crate::bridge) fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// Its media type.
    pub(in crate::bridge) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }

    /// The usual ending of its name.
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Webp => "webp",
        }
    }

    /// Whether Teams takes it inside a message.
    /// Source: learn.microsoft.com/microsoftteams, "Format your bot messages".
    pub(super) fn fits_in_a_message(self) -> bool {
        self != Self::Webp
    }
}

/// Whether Jira calls it a picture that may be one of ours; the bytes have the last word.
pub(super) fn is_called_a_picture(media_type: &str) -> bool {
    matches!(media_type, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

#[cfg(test)]
mod tests {
    use super::Picture;

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        assert_eq!(Picture::of(b"\x89PNG\r\n\x1a\n\0\0"), Some(Picture::Png));
        assert_eq!(Picture::of(b"\xff\xd8\xff\xe0"), Some(Picture::Jpeg));
        assert_eq!(Picture::of(b"GIF89a\0"), Some(Picture::Gif));
        assert_eq!(Picture::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Picture::Webp));
        for other in ["<svg xmlns=", "<html>", "%PDF-1.7", "GIF", "", "RIFF....WAVE"] {
            assert_eq!(Picture::of(other.as_bytes()), None, "{other}");
        }
    }
}
