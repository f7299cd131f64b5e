//! Rules that make a host or a delivery fail on demand. A rule counts the calls it matches,
//! lets the first `skip` pass, and fires `times` times.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::delivery::Receiver;
use crate::recorder::Host;

/// Whether a fault strikes before the host did what was asked, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Nothing was done.
    #[default]
    Before,
    /// It was done, but the caller does not hear of it.
    After,
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// An error status with the platform's usual body, or with `body`.
    Status {
        /// HTTP status.
        status: u16,
        /// Seconds for the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
        /// Body instead of the platform's own.
        #[serde(default)]
        body: Option<Value>,
        /// Before or after the effect.
        #[serde(default)]
        at: Moment,
    },
    /// No answer until the caller gives up or `for_ms` has passed; then the connection is cut.
    Hang {
        /// Before or after the effect.
        #[serde(default)]
        at: Moment,
        /// Milliseconds; an hour if absent.
        #[serde(default)]
        for_ms: Option<u64>,
    },
    /// The connection ends without an answer.
    Cut {
        /// Before or after the effect.
        #[serde(default)]
        at: Moment,
    },
    /// The answer comes late.
    Delay {
        /// Milliseconds.
        ms: u64,
        /// Before the call is looked at, or between the effect and the answer.
        #[serde(default)]
        at: Moment,
    },
}

/// Which calls a fault strikes, how often, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Only this host; any if absent.
    #[serde(default)]
    pub host: Option<Host>,
    /// Only this HTTP method; any if absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths of this form, `*` standing for any text; any if absent.
    #[serde(default)]
    pub path: Option<String>,
    /// Matching calls that pass first.
    #[serde(default)]
    pub skip: u32,
    /// Matching calls that then fail; all if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Of those, how many of a hundred fail, by chance; all if absent.
    #[serde(default)]
    pub percent: Option<u8>,
    /// What goes wrong.
    #[serde(flatten)]
    pub trouble: Trouble,
}

impl Fault {
    /// A fault for every call to every host; narrow it with the methods below.
    pub fn new(trouble: Trouble) -> Self {
        Self { host: None, method: None, path: None, skip: 0, times: None, percent: None, trouble }
    }

    /// A status before the effect.
    pub fn status(status: u16) -> Self {
        Self::new(Trouble::Status { status, retry_after: None, body: None, at: Moment::Before })
    }

    /// A status after the effect: it was done, and the caller is told that it failed.
    pub fn status_after(status: u16) -> Self {
        Self::new(Trouble::Status { status, retry_after: None, body: None, at: Moment::After })
    }

    /// 429 with a `Retry-After` of so many seconds.
    pub fn too_many(retry_after: u64) -> Self {
        Self::new(Trouble::Status {
            status: 429,
            retry_after: Some(retry_after),
            body: None,
            at: Moment::Before,
        })
    }

    /// The connection ends without an answer.
    pub fn cut(at: Moment) -> Self {
        Self::new(Trouble::Cut { at })
    }

    /// The call is answered late; `at` says on which side of the effect the time passes.
    pub fn delay(ms: u64, at: Moment) -> Self {
        Self::new(Trouble::Delay { ms, at })
    }

    /// No answer.
    pub fn hang(at: Moment) -> Self {
        Self::new(Trouble::Hang { at, for_ms: None })
    }

    /// Only at this host.
    #[must_use]
    pub fn at_host(mut self, host: Host) -> Self {
        self.host = Some(host);
        self
    }

    /// Only for this method and paths of this form (`*` stands for any text).
    #[must_use]
    pub fn on(mut self, method: &str, path: &str) -> Self {
        self.method = Some(method.to_owned());
        self.path = Some(path.to_owned());
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only after so many matching calls have passed.
    #[must_use]
    pub fn skip(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Only so many of a hundred, by chance.
    #[must_use]
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = Some(percent);
        self
    }

    fn matches(&self, host: Host, method: &str, path: &str) -> bool {
        self.host.is_none_or(|wanted| wanted == host)
            && self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|form| fits(form, path))
    }
}

/// What goes wrong with a delivery to Threadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryTrouble {
    /// It is sent twice, with the same identifier.
    Duplicate,
    /// It is sent behind the next one of its conversation or issue (or alone, if none comes
    /// within two seconds).
    Reorder,
    /// It is never sent.
    Drop,
}

/// Which deliveries go wrong, how often, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFault {
    /// Only deliveries to this receiver; any if absent.
    #[serde(default)]
    pub to: Option<Receiver>,
    /// Only events of this form (`comment_*`, `message`); any if absent.
    #[serde(default)]
    pub event: Option<String>,
    /// Matching deliveries that pass first.
    #[serde(default)]
    pub skip: u32,
    /// Matching deliveries that then go wrong; all if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// Of those, how many of a hundred go wrong, by chance; all if absent.
    #[serde(default)]
    pub percent: Option<u8>,
    /// What goes wrong.
    pub trouble: DeliveryTrouble,
}

impl DeliveryFault {
    /// A fault for every delivery.
    pub fn new(trouble: DeliveryTrouble) -> Self {
        Self { to: None, event: None, skip: 0, times: None, percent: None, trouble }
    }

    /// Only deliveries to this receiver.
    #[must_use]
    pub fn to(mut self, receiver: Receiver) -> Self {
        self.to = Some(receiver);
        self
    }

    /// Only deliveries of this event (`*` stands for any text).
    #[must_use]
    pub fn of(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    /// Only so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only so many of a hundred, by chance.
    #[must_use]
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = Some(percent);
        self
    }
}

/// Whether `text` has the form of `pattern`, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Steps a rule's counters for one match; says whether it fires. `chance` draws from 0 to 1.
fn fires(skip: &mut u32, times: &mut Option<u32>, percent: Option<u8>, chance: impl FnOnce() -> f64) -> bool {
    if percent.is_some_and(|percent| chance() * 100.0 >= f64::from(percent)) {
        return false;
    }
    if *skip > 0 {
        *skip -= 1;
        return false;
    }
    match times {
        None => true,
        Some(0) => false,
        Some(left) => {
            *left -= 1;
            true
        }
    }
}

#[derive(Debug, Default)]
struct Rules {
    calls: Vec<Fault>,
    deliveries: Vec<DeliveryFault>,
}

/// The rules of one simulator.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Mutex<Rules>,
}

impl Faults {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.rules().calls.push(fault);
    }

    pub(crate) fn add_delivery(&self, fault: DeliveryFault) {
        self.rules().deliveries.push(fault);
    }

    pub(crate) fn list(&self) -> (Vec<Fault>, Vec<DeliveryFault>) {
        let rules = self.rules();
        (rules.calls.clone(), rules.deliveries.clone())
    }

    pub(crate) fn clear(&self) {
        *self.rules() = Rules::default();
    }

    /// The trouble for this call: that of the first rule that fires. `chance` draws from 0 to 1.
    pub(crate) fn strike(
        &self,
        host: Host,
        method: &str,
        path: &str,
        chance: impl Fn() -> f64,
    ) -> Option<Trouble> {
        let mut rules = self.rules();
        rules.calls.iter_mut().filter(|fault| fault.matches(host, method, path)).find_map(|fault| {
            fires(&mut fault.skip, &mut fault.times, fault.percent, &chance).then(|| fault.trouble.clone())
        })
    }

    /// The trouble for this delivery. `chance` draws from 0 to 1.
    pub(crate) fn strike_delivery(
        &self,
        to: Receiver,
        event: &str,
        chance: impl Fn() -> f64,
    ) -> Option<DeliveryTrouble> {
        let mut rules = self.rules();
        rules
            .deliveries
            .iter_mut()
            .filter(|fault| fault.to.is_none_or(|wanted| wanted == to))
            .filter(|fault| fault.event.as_deref().is_none_or(|form| fits(form, event)))
            .find_map(|fault| {
                fires(&mut fault.skip, &mut fault.times, fault.percent, &chance).then_some(fault.trouble)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(fits("/v1.0/chats/*/messages", "/v1.0/chats/19:x/messages"));
        assert!(fits("*/comment", "/rest/api/3/issue/A-1/comment"));
        assert!(fits("*", ""));
        assert!(!fits("/v1.0/chats/*/messages", "/v1.0/chats/19:x/members"));
        assert!(!fits("/a", "/a/b"));
    }

    #[test]
    fn a_rule_lets_the_first_pass_and_then_fires_as_often_as_asked() {
        let faults = Faults::default();
        faults.add(Fault::status(503).at_host(Host::Graph).skip(1).times(2));
        let fired: Vec<bool> =
            (0..4).map(|_| faults.strike(Host::Graph, "GET", "/v1.0/me", || 0.0).is_some()).collect();
        assert_eq!(fired, [false, true, true, false]);
        assert_eq!(faults.strike(Host::Api, "GET", "/me", || 0.0), None);
    }

    #[test]
    fn a_rule_may_strike_a_share_only() {
        let faults = Faults::default();
        faults.add(Fault::status(503).percent(20));
        let struck = |drawn: f64| faults.strike(Host::Graph, "GET", "/v1.0/me", || drawn).is_some();
        assert_eq!([0.0, 0.19, 0.2, 0.99].map(struck), [true, true, false, false]);
    }
}
