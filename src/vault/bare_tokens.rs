//! Bare access tokens in memory, for a minute: whoever writes a lot need not open the row each time.

use std::collections::HashMap;
use std::sync::RwLock;
use std::time::Duration;

use super::tokens::Subject;
use super::{Vault, read, write};
use crate::ambient::Millis;
use crate::secret::Secret;

/// How long a bare token is used before the row is read again.
pub(super) const CACHED: Duration = Duration::from_mins(1);

/// The tokens, by their owners.
#[derive(Default)]
pub(super) struct BareTokens(RwLock<HashMap<Subject, Bare>>);

struct Bare {
    access: Secret,
    usable_until: Millis,
}

impl BareTokens {
    pub(super) fn get(&self, subject: &Subject, now: Millis) -> Option<Secret> {
        let tokens = read(&self.0);
        tokens.get(subject).filter(|bare| now < bare.usable_until).map(|bare| bare.access.clone())
    }

    pub(super) fn put(&self, subject: &Subject, access: &Secret, usable_until: Millis) {
        write(&self.0).insert(subject.clone(), Bare { access: access.clone(), usable_until });
    }

    pub(super) fn drop(&self, subject: &Subject) {
        write(&self.0).remove(subject);
    }

    /// Clears what is over its time, and gives its room back.
    fn sweep(&self, now: Millis) {
        let mut tokens = write(&self.0);
        tokens.retain(|_, bare| now < bare.usable_until);
        tokens.shrink_to_fit();
    }
}

impl Vault {
    /// Clears bare tokens from memory when their time is over, for ever.
    pub async fn sweep_tokens(&self) {
        loop {
            tokio::time::sleep(CACHED).await;
            self.inner.tokens.sweep(self.inner.clock.now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::AccountId;

    #[test]
    fn a_bare_token_leaves_memory_when_its_time_is_over() {
        let tokens = BareTokens::default();
        let (now, ann, ben) = (Millis(0), AccountId::new("ann"), AccountId::new("ben"));
        for (account, seconds) in [(&ann, 60), (&ben, 30)] {
            let until = now.plus(Duration::from_secs(seconds));
            tokens.put(&Subject::jira(account), &Secret::new("token"), until);
        }
        tokens.sweep(now.plus(Duration::from_secs(30)));
        let left: Vec<Subject> = read(&tokens.0).keys().cloned().collect();
        assert_eq!(left, [Subject::jira(&ann)]);
        tokens.sweep(now.plus(CACHED));
        assert_eq!(read(&tokens.0).capacity(), 0, "and gives back its room");
    }
}
