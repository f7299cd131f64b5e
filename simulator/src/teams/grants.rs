//! Entra's grants: codes bound to a PKCE challenge, refresh tokens that stay valid when they
//! are used, access tokens of people and of apps.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ambient::{Ids, Millis};

const MINUTE: Millis = 60_000;
const CODE_LIFE: Millis = 10 * MINUTE;
/// Access tokens live 60 to 90 minutes; the simulator takes the least, minus a second.
pub(crate) const ACCESS_LIFE: Millis = 60 * MINUTE - 1000;
const REFRESH_LIFE: Millis = 90 * 24 * 60 * MINUTE;

/// What a person allowed when they logged in.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) client_id: String,
    pub(crate) object_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<String>,
}

/// The bearer of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// A person at Graph, with the app's scopes.
    Person { object_id: String, scopes: Arc<BTreeSet<String>> },
    /// An app at the Bot Connector.
    Bot { client_id: String },
    /// An app at Graph, by itself: it may what the members of a chat consented to.
    App { client_id: String },
}

#[derive(Debug)]
struct Refresh {
    client_id: String,
    object_id: String,
    scopes: BTreeSet<String>,
    expires: Millis,
}

/// A fresh pair of tokens of a person.
#[derive(Debug)]
pub(crate) struct TokenPair {
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) object_id: String,
    pub(crate) nonce: Option<String>,
}

/// Why a token was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadGrant {
    /// The code is unknown, used or too old.
    Code,
    /// The redirect URI differs from the one the code was given for.
    Redirect,
    /// The verifier is missing or does not fit the challenge.
    Verifier,
    /// The refresh token is unknown, dead or revoked.
    Refresh,
    /// More scopes than were consented to.
    Scope,
}

/// All codes and tokens.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<String, (Consent, Millis)>,
    used_codes: HashSet<String>,
    refresh: HashMap<String, Refresh>,
    access: HashMap<String, (Bearer, Millis)>,
}

impl Grants {
    /// Writes down a consent and gives its code.
    pub(crate) fn consent(&mut self, ids: &Ids, now: Millis, consent: Consent) -> String {
        let code = ids.token("1.");
        self.codes.insert(code.clone(), (consent, now + CODE_LIFE));
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
        verifier: Option<&str>,
    ) -> Result<TokenPair, BadGrant> {
        let (consent, expires) = self.codes.get(code).ok_or(BadGrant::Code)?;
        if consent.client_id != client_id || *expires < now {
            return Err(BadGrant::Code);
        }
        if consent.redirect_uri != redirect_uri {
            return Err(BadGrant::Redirect);
        }
        let computed = verifier.map(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())));
        if consent.challenge.is_some() && consent.challenge != computed {
            return Err(BadGrant::Verifier);
        }
        let (consent, _) = self.codes.remove(code).ok_or(BadGrant::Code)?;
        self.used_codes.insert(code.to_owned());
        let mut pair = self.pair(ids, now, client_id, &consent.object_id, consent.scopes);
        pair.nonce = consent.nonce;
        Ok(pair)
    }

    /// Whether this code was good once.
    pub(crate) fn was_used(&self, code: &str) -> bool {
        self.used_codes.contains(code)
    }

    /// Gives a fresh access token, and a refresh token if offline access was allowed.
    pub(crate) fn pair(
        &mut self,
        ids: &Ids,
        now: Millis,
        client_id: &str,
        object_id: &str,
        scopes: BTreeSet<String>,
    ) -> TokenPair {
        let access = ids.token("eyJ0eXAi.");
        let bearer = Bearer::Person { object_id: object_id.to_owned(), scopes: Arc::new(scopes.clone()) };
        self.access.insert(access.clone(), (bearer, now + ACCESS_LIFE));
        let refresh = scopes.contains("offline_access").then(|| {
            let refresh = ids.token("1.AX");
            self.refresh.insert(
                refresh.clone(),
                Refresh {
                    client_id: client_id.to_owned(),
                    object_id: object_id.to_owned(),
                    scopes: scopes.clone(),
                    expires: now + REFRESH_LIFE,
                },
            );
            refresh
        });
        TokenPair { access, refresh, scopes, object_id: object_id.to_owned(), nonce: None }
    }

    /// Uses a refresh token; it stays valid beside the new one.
    pub(crate) fn refresh(
        &mut self,
        ids: &Ids,
        now: Millis,
        client_id: &str,
        refresh: &str,
        wanted: Option<BTreeSet<String>>,
    ) -> Result<TokenPair, BadGrant> {
        let token = self
            .refresh
            .get(refresh)
            .filter(|token| token.client_id == client_id && token.expires > now)
            .ok_or(BadGrant::Refresh)?;
        let object_id = token.object_id.clone();
        let consented = token.scopes.clone();
        let mut scopes = wanted.unwrap_or_else(|| consented.clone());
        scopes.insert("offline_access".to_owned());
        if !scopes.is_subset(&consented) {
            return Err(BadGrant::Scope);
        }
        Ok(self.pair(ids, now, client_id, &object_id, scopes))
    }

    /// Gives an app a token for the Bot Connector.
    pub(crate) fn bot(&mut self, ids: &Ids, now: Millis, client_id: &str) -> String {
        let access = ids.token("eyJib3Qi.");
        let bearer = Bearer::Bot { client_id: client_id.to_owned() };
        self.access.insert(access.clone(), (bearer, now + ACCESS_LIFE));
        access
    }

    /// Gives an app a token for Graph.
    pub(crate) fn app(&mut self, ids: &Ids, now: Millis, client_id: &str) -> String {
        let access = ids.token("eyJhcHAi.");
        let bearer = Bearer::App { client_id: client_id.to_owned() };
        self.access.insert(access.clone(), (bearer, now + ACCESS_LIFE));
        access
    }

    /// The bearer of a living access token.
    pub(crate) fn bearer(&self, access: &str, now: Millis) -> Option<&Bearer> {
        self.access.get(access).filter(|(_, expires)| *expires > now).map(|(bearer, _)| bearer)
    }

    /// Lets every access token of a person expire at once.
    pub(crate) fn expire_access(&mut self, object_id: &str) -> usize {
        let before = self.access.len();
        self.access.retain(
            |_, (bearer, _)| !matches!(bearer, Bearer::Person { object_id: of, .. } if of == object_id),
        );
        before - self.access.len()
    }

    /// Revokes every refresh token of a person, as an administrator or a new password does.
    pub(crate) fn revoke(&mut self, object_id: &str) -> usize {
        let before = self.refresh.len();
        self.refresh.retain(|_, token| token.object_id != object_id);
        before - self.refresh.len()
    }
}
