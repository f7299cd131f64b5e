//! Browsers: logins that are under way, and sessions. Only hashes of what the browser holds.

use std::time::Duration;

use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use threadline_entity::{login_attempt, session};

use super::Store;
use crate::ids::{AccountId, ObjectId, TenantId};

/// How long a login may take.
const LOGIN_TIME: Duration = Duration::from_mins(10);
/// How long a session lasts.
const SESSION_TIME: Duration = Duration::from_hours(720);

/// A login that is under way.
pub struct LoginAttempt {
    /// SHA-256 of the `state` parameter.
    pub state_hash: String,
    /// `jira` or `microsoft`.
    pub provider: &'static str,
    /// SHA-256 of the browser's cookie.
    pub browser_hash: String,
    /// Sealed verifier, nonce and where to return to.
    pub sealed: Vec<u8>,
}

/// What a browser has proven.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Atlassian account.
    pub account: Option<AccountId>,
    /// Microsoft account.
    pub microsoft: Option<(TenantId, ObjectId)>,
}

impl Store {
    /// Keeps a login that is under way.
    pub async fn begin_login(&self, attempt: LoginAttempt) -> Result<(), DbErr> {
        let expires_at = self.clock.now().plus(LOGIN_TIME);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let row = login_attempt::ActiveModel {
                        state_hash: Set(attempt.state_hash),
                        provider: Set(attempt.provider.to_owned()),
                        browser_hash: Set(attempt.browser_hash),
                        sealed: Set(attempt.sealed),
                        expires_at: Set(expires_at.0),
                    };
                    login_attempt::Entity::insert(row).exec_without_returning(transaction).await.map(|_| ())
                })
            })
            .await
    }

    /// Takes a login out: it works once, in time, and in the browser that began it.
    pub async fn finish_login(
        &self,
        provider: &'static str,
        state_hash: String,
        browser_hash: String,
    ) -> Result<Option<Vec<u8>>, DbErr> {
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let Some(row) = login_attempt::Entity::find_by_id(&state_hash).one(transaction).await?
                    else {
                        return Ok(None);
                    };
                    let taken = login_attempt::Entity::delete_by_id(&state_hash).exec(transaction).await?;
                    let valid = taken.rows_affected == 1
                        && row.provider == provider
                        && row.browser_hash == browser_hash
                        && row.expires_at > now.0;
                    Ok(valid.then_some(row.sealed))
                })
            })
            .await
    }

    /// What a browser has proven.
    pub async fn session(&self, token_hash: &str) -> Result<Option<Session>, DbErr> {
        let row = session::Entity::find_by_id(token_hash)
            .filter(session::Column::ExpiresAt.gt(self.clock.now().0))
            .one(self.database.reader())
            .await?;
        Ok(row.map(|row| Session {
            account: row.account_id.map(AccountId::new),
            microsoft: row
                .tenant_id
                .zip(row.object_id)
                .map(|(tenant, object)| (TenantId::new(tenant), ObjectId::new(object))),
        }))
    }

    /// Replaces a session: the old cookie, if any, is worth nothing afterwards.
    pub async fn replace_session(
        &self,
        old_hash: Option<String>,
        new_hash: String,
        session: Session,
    ) -> Result<(), DbErr> {
        let expires_at = self.clock.now().plus(SESSION_TIME);
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    if let Some(old) = old_hash {
                        session::Entity::delete_by_id(old).exec(transaction).await?;
                    }
                    let (tenant, object) = session.microsoft.unzip();
                    let row = session::ActiveModel {
                        token_hash: Set(new_hash),
                        account_id: Set(session.account.map(String::from)),
                        tenant_id: Set(tenant.map(String::from)),
                        object_id: Set(object.map(String::from)),
                        expires_at: Set(expires_at.0),
                    };
                    session::Entity::insert(row).exec_without_returning(transaction).await.map(|_| ())
                })
            })
            .await
    }

    /// Ends a session.
    pub async fn end_session(&self, token_hash: String) -> Result<(), DbErr> {
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    session::Entity::delete_by_id(token_hash).exec(transaction).await.map(|_| ())
                })
            })
            .await
    }
}
