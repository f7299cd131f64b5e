//! Who posts change notifications: Graph's publisher, proven by a token for our application.
//! Source: learn.microsoft.com/graph/change-notifications-with-resource-data, "Validating the
//! authenticity of notifications".

use serde::Deserialize;

use super::Client;
use crate::ids::TenantId;
use crate::teams::token::{BadToken, check_life, open};

/// The application id of Graph's publisher of change notifications.
const PUBLISHER: &str = "0bf30f3b-4a52-48df-9a82-234910c4a086";
/// The issuers of version 1 tokens, before the tenant: the public cloud and China's.
const OLDER_ISSUERS: [&str; 2] = ["https://sts.windows.net/", "https://sts.chinacloudapi.cn/"];

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: i64,
    nbf: Option<i64>,
    tid: String,
    /// Who asked for the token, in version 1.
    appid: Option<String>,
    /// The same in version 2.
    azp: Option<String>,
}

impl Claims {
    fn is_from_the_publisher(&self) -> bool {
        let publisher = |claim: &String| claim == PUBLISHER;
        self.azp.as_ref().or(self.appid.as_ref()).is_some_and(publisher)
    }
}

impl Client {
    /// Checks one validation token of a delivery; answers the tenant that it speaks for.
    ///
    /// # Errors
    /// Says why it isn't believed; drop the whole delivery. After [`BadToken::KeysUnavailable`]
    /// and [`BadToken::KeyNotAskedFor`] answer 503, so that it is sent again.
    pub async fn verify_notification_token(&self, token: &str) -> Result<TenantId, BadToken> {
        let (claims, key) = open::<Claims>(token, &self.0.keys).await?;
        let older = |base: &str| format!("{base}{}/", claims.tid) == claims.iss;
        if claims.iss != key.issuer.replace("{tenantid}", &claims.tid)
            && !OLDER_ISSUERS.into_iter().any(older)
        {
            return Err(BadToken::WrongIssuer);
        }
        if claims.aud != self.0.settings.client_id {
            return Err(BadToken::WrongAudience);
        }
        if !claims.is_from_the_publisher() {
            return Err(BadToken::WrongSender);
        }
        check_life(claims.exp, claims.nbf, self.0.clock.now())?;
        Ok(TenantId::new(claims.tid.to_ascii_lowercase()))
    }
}
