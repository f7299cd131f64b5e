//! Atlassian's grants: authorization codes, rotating refresh tokens with their leeway, and
//! access tokens. One grant per app and account, as on the real platform.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::ambient::{Ids, Millis};

const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;
/// An authorization code dies within minutes; the documented number is missing, 5 is taken.
const CODE_LIFE: Millis = 5 * MINUTE;
/// Access tokens live an hour.
pub(crate) const ACCESS_LIFE: Millis = 60 * MINUTE;
/// A refresh token that is not used for 90 days is dead.
const REFRESH_IDLE: Millis = 90 * DAY;
/// A family dies a year after the first consent.
const FAMILY_LIFE: Millis = 365 * DAY;
/// A used refresh token may be used again for ten minutes.
const REUSE_LEEWAY: Millis = 10 * MINUTE;

/// An OAuth 2.0 (3LO) app.
#[derive(Debug, Clone)]
pub(crate) struct JiraApp {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) redirect_uris: Vec<String>,
}

#[derive(Debug)]
struct Code {
    client_id: String,
    account_id: String,
    redirect_uri: String,
    scopes: BTreeSet<String>,
    cloud_id: String,
    expires: Millis,
}

/// What one account allowed one app.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) account_id: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) cloud_ids: BTreeSet<String>,
    since: Millis,
    revoked: bool,
}

#[derive(Debug)]
struct Refresh {
    grant: usize,
    issued: Millis,
    used: Option<Millis>,
}

#[derive(Debug)]
struct Access {
    grant: usize,
    expires: Millis,
}

/// A fresh pair of tokens.
#[derive(Debug)]
pub(crate) struct TokenPair {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scope: String,
}

/// Why a token was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadGrant {
    /// The code is unknown, used, too old or of another app.
    Code,
    /// The redirect URI differs from the one the code was given for.
    Redirect,
    /// The refresh token is unknown, dead or revoked.
    Refresh,
}

/// All apps, codes and tokens.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pub(crate) apps: HashMap<String, JiraApp>,
    codes: HashMap<String, Code>,
    given: Vec<Arc<Grant>>,
    refresh: HashMap<String, Refresh>,
    access: HashMap<String, Access>,
}

impl Grants {
    /// Writes down a consent and gives its code.
    #[expect(clippy::too_many_arguments, reason = "the parameters of one consent")]
    pub(crate) fn consent(
        &mut self,
        ids: &Ids,
        now: Millis,
        client_id: &str,
        account_id: &str,
        redirect_uri: &str,
        scopes: BTreeSet<String>,
        cloud_id: &str,
    ) -> String {
        let code = ids.token("");
        self.codes.insert(
            code.clone(),
            Code {
                client_id: client_id.to_owned(),
                account_id: account_id.to_owned(),
                redirect_uri: redirect_uri.to_owned(),
                scopes,
                cloud_id: cloud_id.to_owned(),
                expires: now + CODE_LIFE,
            },
        );
        code
    }

    /// Exchanges a code, once.
    pub(crate) fn exchange(
        &mut self,
        ids: &Ids,
        now: Millis,
        client_id: &str,
        code: &str,
        redirect_uri: &str,
    ) -> Result<TokenPair, BadGrant> {
        let held = self.codes.remove(code).ok_or(BadGrant::Code)?;
        if held.client_id != client_id || held.expires < now {
            return Err(BadGrant::Code);
        }
        if held.redirect_uri != redirect_uri {
            return Err(BadGrant::Redirect);
        }
        let grant = self.grant(now, client_id, &held.account_id, held.scopes, &held.cloud_id);
        Ok(self.pair(ids, now, grant))
    }

    /// The grant of this app and account: a new site is added, new scopes replace the old.
    pub(crate) fn grant(
        &mut self,
        now: Millis,
        client_id: &str,
        account_id: &str,
        scopes: BTreeSet<String>,
        cloud_id: &str,
    ) -> usize {
        let found = self.given.iter_mut().enumerate().find(|(_, grant)| {
            grant.client_id == client_id && grant.account_id == account_id && !grant.revoked
        });
        if let Some((index, grant)) = found {
            let grant = Arc::make_mut(grant);
            grant.scopes = scopes;
            grant.cloud_ids.insert(cloud_id.to_owned());
            return index;
        }
        self.given.push(Arc::new(Grant {
            client_id: client_id.to_owned(),
            account_id: account_id.to_owned(),
            scopes,
            cloud_ids: BTreeSet::from([cloud_id.to_owned()]),
            since: now,
            revoked: false,
        }));
        self.given.len() - 1
    }

    /// Gives a fresh access token, and a refresh token if the grant allows offline access.
    pub(crate) fn pair(&mut self, ids: &Ids, now: Millis, index: usize) -> TokenPair {
        let scopes = self.given.get(index).map(|grant| grant.scopes.clone()).unwrap_or_default();
        let access = ids.token("eyJhdGxhc3NpYW4i.");
        self.access.insert(access.clone(), Access { grant: index, expires: now + ACCESS_LIFE });
        let refresh = scopes.contains("offline_access").then(|| {
            let refresh = ids.token("eyJyZWZyZXNo.");
            self.refresh.insert(refresh.clone(), Refresh { grant: index, issued: now, used: None });
            refresh
        });
        TokenPair { access, refresh, scope: scopes.into_iter().collect::<Vec<_>>().join(" ") }
    }

    /// Rotates a refresh token. Its reuse after the leeway kills the whole family.
    pub(crate) fn rotate(
        &mut self,
        ids: &Ids,
        now: Millis,
        client_id: &str,
        refresh: &str,
    ) -> Result<TokenPair, BadGrant> {
        let token = self.refresh.get_mut(refresh).ok_or(BadGrant::Refresh)?;
        let index = token.grant;
        let grant = self.given.get_mut(index).ok_or(BadGrant::Refresh)?;
        if grant.client_id != client_id
            || grant.revoked
            || grant.since + FAMILY_LIFE < now
            || token.issued + REFRESH_IDLE < now
        {
            return Err(BadGrant::Refresh);
        }
        if token.used.is_some_and(|used| used + REUSE_LEEWAY < now) {
            Arc::make_mut(grant).revoked = true;
            return Err(BadGrant::Refresh);
        }
        token.used.get_or_insert(now);
        Ok(self.pair(ids, now, index))
    }

    /// The grant behind a living access token.
    pub(crate) fn of_access(&self, access: &str, now: Millis) -> Option<&Arc<Grant>> {
        let token = self.access.get(access).filter(|token| token.expires > now)?;
        self.given.get(token.grant).filter(|grant| !grant.revoked)
    }

    /// Lets every access token of an account expire at once.
    pub(crate) fn expire_access(&mut self, account_id: &str) -> usize {
        let given = &self.given;
        let before = self.access.len();
        self.access
            .retain(|_, token| given.get(token.grant).is_none_or(|grant| grant.account_id != account_id));
        before - self.access.len()
    }

    /// Revokes every grant of an account, as the person can under connected apps.
    pub(crate) fn revoke(&mut self, account_id: &str) -> usize {
        let grants = self.given.iter_mut().filter(|grant| grant.account_id == account_id && !grant.revoked);
        grants.map(|grant| Arc::make_mut(grant).revoked = true).count()
    }
}
