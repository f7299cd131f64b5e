//! Where a call may go when a platform sends it on: to public hosts over TLS, and to nothing
//! inside the operator's network, whatever a name resolves to.
//!
//! A platform on this machine (tests, the demo) may send a call on to this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether an answer from `at` may send us on to `to`.
pub fn may_follow(at: &Url, to: &Url) -> bool {
    if !to.username().is_empty() || to.password().is_some() {
        return false;
    }
    if is_loopback(at) && is_loopback(to) {
        return matches!(to.scheme(), "http" | "https");
    }
    to.scheme() == "https"
        && match to.host() {
            // What a name means is checked when it is resolved.
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            None => false,
        }
}

/// Whether an address is this machine, by number or as `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Resolves names to public addresses only: a name that points into a private network has none.
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address can belong to a stranger on the internet (IANA special-purpose registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224 // multicast and reserved
        || (a == 100 && (64..128).contains(&b)) // shared by carriers
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)); // benchmarks
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is given out; parts of it stand for IPv4 addresses or for nobody.
    let special = a == 0x2002 || (a == 0x2001 && (b < 0x0200 || b == 0x0db8));
    (a & 0xe000) == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_platform_sends_on_to_public_hosts_over_tls_alone() {
        let jira = url("https://api.atlassian.com/ex/jira");
        assert!(may_follow(&jira, &url("https://api.media.atlassian.com/file?token=1")));
        for refused in [
            "http://api.media.atlassian.com/file",
            "https://10.0.0.1/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:10.0.0.1]/",
            "https://0x7f.1/",
            "https://ann:secret@example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
        ] {
            assert!(!may_follow(&jira, &url(refused)), "{refused}");
        }
    }

    #[test]
    fn a_platform_on_this_machine_sends_on_to_this_machine_or_outside() {
        let here = url("http://127.0.0.1:4000/");
        assert!(may_follow(&here, &url("http://127.0.0.1:4001/signed/x")));
        assert!(!may_follow(&here, &url("http://192.168.1.1/signed/x")));
        assert!(!may_follow(&here, &url("https://192.168.1.1/signed/x")));
    }

    #[test]
    fn special_addresses_are_nobody_on_the_internet() {
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
        for public in ["1.1.1.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn a_name_that_means_this_machine_has_no_address() {
        let name: Name = "localhost".parse().unwrap();
        assert!(PublicOnly.resolve(name).await.is_err());
    }
}
