//! Addresses of platform calls: every id is one path segment, whatever characters it has.
//! A Teams conversation id holds `:`, `;`, `=` and `@`; none may change what a path means.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::CallError;

/// What may stand in a path segment as it is (RFC 3986 §2.3), and the `$` of `$value`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'$');

/// The address of `segments` under `base`. A trailing slash of `base` doesn't matter.
///
/// # Errors
/// [`CallError::Gone`] for a segment that is empty or only dots: an address would then mean
/// another resource, and no platform gives such an id to anything.
pub fn under(base: &Url, segments: &[&str]) -> Result<Url, CallError> {
    let mut address = base.as_str().trim_end_matches('/').to_owned();
    for segment in segments {
        if segment.bytes().all(|b| b == b'.') {
            return Err(CallError::Gone);
        }
        address.push('/');
        address.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Url::parse(&address).map_err(|_| CallError::Gone)
}

/// The address of a fixed, trusted `path` under `base` (`oauth/token`). Ids go through [`under`].
pub fn fixed(base: &Url, path: &str) -> Url {
    let mut address = base.clone();
    address.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://graph.example/v1.0/").unwrap()
    }

    #[test]
    fn a_conversation_id_stays_one_segment() {
        let url = under(&base(), &["chats", "19:ab@thread.tacv2;messageid=17", "messages"]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://graph.example/v1.0/chats/19%3Aab%40thread.tacv2%3Bmessageid%3D17/messages"
        );
    }

    #[test]
    fn an_id_cannot_climb_out_of_its_path() {
        for id in ["..", ".", ""] {
            assert!(matches!(under(&base(), &["chats", id]), Err(CallError::Gone)), "{id:?}");
        }
        let url = under(&base(), &["chats", "../me?x#y"]).unwrap();
        assert_eq!(url.path(), "/v1.0/chats/..%2Fme%3Fx%23y");
    }
}
