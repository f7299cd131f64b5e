//! Who logged in, by the id token: signature, issuer, audience, life and nonce are checked.
//! `(tid, oid)` is the person; names and e-mail addresses change hands and prove nothing.
//! Source: learn.microsoft.com/entra/identity-platform/id-token-claims-reference.

use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::Client;
use crate::ids::{ObjectId, TenantId};
use crate::teams::token::{BadToken, check_life, open};

/// A person of Entra ID.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Their tenant.
    pub tenant_id: TenantId,
    /// Their object id in it.
    pub object_id: ObjectId,
    /// The name that people see. Content: never log it.
    pub name: Option<String>,
}

/// Why an id token isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityRefusal {
    /// The token itself is wrong.
    #[error(transparent)]
    BadToken(#[from] BadToken),
    /// The token belongs to another login.
    #[error("the token belongs to another login; start again")]
    WrongNonce,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    tid: String,
    oid: String,
    name: Option<String>,
}

impl Client {
    /// Checks the id token of a login against the nonce that the login began with.
    ///
    /// # Errors
    /// Says why it isn't believed; drop the login's tokens. After [`BadToken::KeysUnavailable`]
    /// the person may try again.
    pub async fn verify_id_token(&self, id_token: &str, nonce: &str) -> Result<Identity, IdentityRefusal> {
        let (claims, key) = open::<Claims>(id_token, &self.0.keys).await?;
        // With several tenants the metadata holds a template instead of one issuer.
        if claims.iss != key.issuer.replace("{tenantid}", &claims.tid) {
            return Err(BadToken::WrongIssuer.into());
        }
        if claims.aud != self.0.settings.client_id {
            return Err(BadToken::WrongAudience.into());
        }
        check_life(claims.exp, claims.nbf, self.0.clock.now())?;
        let same_login = claims.nonce.is_some_and(|claim| claim.as_bytes().ct_eq(nonce.as_bytes()).into());
        if !same_login {
            return Err(IdentityRefusal::WrongNonce);
        }
        Ok(Identity {
            tenant_id: TenantId::new(claims.tid.to_ascii_lowercase()),
            object_id: ObjectId::new(claims.oid.to_ascii_lowercase()),
            name: claims.name,
        })
    }
}
