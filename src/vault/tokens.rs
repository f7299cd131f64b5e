//! People's tokens: sealed, and refreshed by one process at a time.
//!
//! Refresh tokens rotate. A lease on the row makes the refresh single-flight across
//! replicas; the new pair is stored before it is used. A process that dies between the
//! exchange and the commit leaves the old pair, which the platforms take once more for some
//! minutes; its lease ends by itself.

use std::fmt;
use std::time::Duration;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use threadline_entity::credential;
use zeroize::{Zeroize, Zeroizing};

use super::bare_tokens::CACHED;
use super::{Place, Scope, Vault, VaultError};
use crate::ambient::Millis;
use crate::call::CallError;
use crate::ids::{AccountId, ObjectId, TenantId};
use crate::points::{Point, reach};
use crate::secret::{Secret, TokenSet};

/// A token this close to its end is refreshed first.
const MARGIN: Duration = Duration::from_mins(1);
/// How long one process may take for a refresh.
const LEASE: Duration = Duration::from_secs(30);
/// How often the others look whether it is done.
const LOOK: Duration = Duration::from_millis(100);

/// Whose token endpoint it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Provider {
    /// Atlassian.
    Jira,
    /// Entra ID.
    Microsoft,
}

/// One account at one provider: the owner of a token family.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    provider: Provider,
    account: String,
    scope: Scope,
}

impl Subject {
    /// An Atlassian account: one token family for all its sites.
    pub fn jira(account: &AccountId) -> Self {
        Self { provider: Provider::Jira, account: account.to_string(), scope: Scope::Instance }
    }

    /// A Microsoft account.
    pub fn microsoft(tenant: &TenantId, object: &ObjectId) -> Self {
        Self {
            provider: Provider::Microsoft,
            account: format!("{tenant}/{object}"),
            scope: Scope::Tenant(tenant.clone()),
        }
    }

    fn provider(&self) -> &'static str {
        match self.provider {
            Provider::Jira => "jira",
            Provider::Microsoft => "microsoft",
        }
    }

    fn row(&self) -> Condition {
        Condition::all()
            .add(credential::Column::Provider.eq(self.provider()))
            .add(credential::Column::Subject.eq(&self.account))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider(), self.account)
    }
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// This person never logged in, or has disconnected.
    #[error("this account is not connected")]
    NotConnected,
    /// This person must log in again.
    #[error("this account must log in again")]
    LoginNeeded,
    /// The token endpoint did not hand out a new pair.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Sealing, opening or storing failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

#[derive(Serialize, Deserialize)]
struct Pair {
    access: String,
    refresh: Option<String>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.access.zeroize();
        self.refresh.zeroize();
    }
}

impl Vault {
    /// Keeps what a login handed out; an older pair of the same account is gone.
    pub async fn keep_tokens(&self, subject: &Subject, tokens: &TokenSet) -> Result<(), VaultError> {
        let now = self.inner.clock.now();
        let row = credential::ActiveModel {
            provider: Set(subject.provider().to_owned()),
            subject: Set(subject.account.clone()),
            sealed: Set(self.seal_pair(subject, tokens, None).await?),
            scopes: Set(tokens.scopes.join(" ")),
            expires_at: Set(now.plus(tokens.expires_in).0),
            state: Set("active".to_owned()),
            version: Set(now.0),
            refresh_lease_until: Set(0),
            updated_at: Set(now.0),
        };
        self.inner
            .database
            .write(|transaction| {
                Box::pin(async move {
                    use credential::Column;
                    let mut replace = OnConflict::columns([Column::Provider, Column::Subject]);
                    replace.update_columns([
                        Column::Sealed,
                        Column::Scopes,
                        Column::ExpiresAt,
                        Column::State,
                        Column::Version,
                        Column::RefreshLeaseUntil,
                        Column::UpdatedAt,
                    ]);
                    credential::Entity::insert(row)
                        .on_conflict(replace)
                        .exec_without_returning(transaction)
                        .await
                })
            })
            .await?;
        self.inner.tokens.drop(subject);
        Ok(())
    }

    /// Destroys an account's tokens.
    pub async fn forget_tokens(&self, subject: &Subject) -> Result<(), VaultError> {
        let row = subject.row();
        self.inner
            .database
            .write(|transaction| {
                Box::pin(async move { credential::Entity::delete_many().filter(row).exec(transaction).await })
            })
            .await?;
        // Not before: whoever asks meanwhile would put it back.
        self.inner.tokens.drop(subject);
        Ok(())
    }

    /// An access token that is good for at least a minute; `refresh` is called if need be.
    pub async fn access_token<F, R>(&self, subject: &Subject, refresh: F) -> Result<Secret, TokenError>
    where
        F: FnOnce(Secret) -> R + Send,
        R: Future<Output = Result<TokenSet, CallError>> + Send,
    {
        if let Some(access) = self.inner.tokens.get(subject, self.inner.clock.now()) {
            return Ok(access);
        }
        let give_up = self.inner.clock.now().plus(LEASE + LEASE);
        loop {
            let now = self.inner.clock.now();
            let row = self.credential(subject).await?.ok_or(TokenError::NotConnected)?;
            if let Some(access) = self.good_token(subject, &row, now).await? {
                return Ok(access);
            }
            if self.lease(subject, &row, now).await? {
                return self.refresh(subject, &row, refresh).await;
            }
            if now > give_up {
                return Err(TokenError::Call(CallError::OutcomeUnknown { status: None }));
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// The access token of a row, if it is good for a while.
    async fn good_token(
        &self,
        subject: &Subject,
        row: &credential::Model,
        now: Millis,
    ) -> Result<Option<Secret>, TokenError> {
        if row.state != "active" {
            return Err(TokenError::LoginNeeded);
        }
        let good_until = Millis(row.expires_at).minus(MARGIN);
        if now >= good_until {
            return Ok(None);
        }
        let pair = self.open_pair(subject, &row.sealed).await?;
        let access = Secret::new(pair.access.as_str());
        self.inner.tokens.put(subject, &access, good_until.min(now.plus(CACHED)));
        Ok(Some(access))
    }

    /// Whether this account has logged in and need not do so again, as far as the row says.
    pub async fn is_connected(&self, subject: &Subject) -> Result<bool, VaultError> {
        Ok(self.credential(subject).await?.is_some_and(|row| row.state == "active"))
    }

    /// A platform refused `token` before its time: the next call for a token refreshes it.
    pub async fn distrust(&self, subject: &Subject, token: &Secret) -> Result<(), VaultError> {
        self.inner.tokens.drop(subject);
        let Some(row) = self.credential(subject).await? else { return Ok(()) };
        let pair = self.open_pair(subject, &row.sealed).await?;
        if !token.matches(pair.access.as_bytes()) {
            return Ok(()); // someone has refreshed it since
        }
        self.update(subject, row.version, vec![(credential::Column::ExpiresAt, Expr::value(0_i64))]).await?;
        Ok(())
    }

    /// Ends every refresh that is under way elsewhere, so that the next one begins at once. Only
    /// for a process that knows that nobody else works: before its own work begins.
    pub async fn take_back_refreshes(&self) -> Result<(), VaultError> {
        let under_way = Condition::all().add(credential::Column::RefreshLeaseUntil.gt(0_i64));
        let free = vec![(credential::Column::RefreshLeaseUntil, Expr::value(0_i64))];
        self.update_where(under_way, free).await.map(|_| ())
    }

    async fn credential(&self, subject: &Subject) -> Result<Option<credential::Model>, VaultError> {
        Ok(credential::Entity::find().filter(subject.row()).one(self.inner.database.reader()).await?)
    }

    async fn lease(
        &self,
        subject: &Subject,
        row: &credential::Model,
        now: Millis,
    ) -> Result<bool, VaultError> {
        if row.refresh_lease_until > now.0 {
            return Ok(false);
        }
        let until = vec![(credential::Column::RefreshLeaseUntil, Expr::value(now.plus(LEASE).0))];
        let mut condition = subject.row();
        condition = condition
            .add(credential::Column::Version.eq(row.version))
            .add(credential::Column::RefreshLeaseUntil.eq(row.refresh_lease_until));
        Ok(self.update_where(condition, until).await? == 1)
    }

    async fn refresh<F, R>(
        &self,
        subject: &Subject,
        row: &credential::Model,
        refresh: F,
    ) -> Result<Secret, TokenError>
    where
        F: FnOnce(Secret) -> R + Send,
        R: Future<Output = Result<TokenSet, CallError>> + Send,
    {
        let pair = match self.open_pair(subject, &row.sealed).await {
            Ok(pair) => pair,
            Err(error) => {
                // Nobody has to wait for a refresh that does not come.
                self.end_refresh(subject, row.version).await?;
                return Err(error.into());
            }
        };
        let Some(old) = pair.refresh.as_deref().map(Secret::new) else {
            self.ask_for_login(subject, row.version).await?;
            return Err(TokenError::LoginNeeded);
        };
        match refresh(old.clone()).await {
            Ok(tokens) => {
                reach(Point::TokensCame);
                let sealed = self.seal_pair(subject, &tokens, Some(&old)).await?;
                let now = self.inner.clock.now();
                let expires_at = now.plus(tokens.expires_in);
                let stored = self
                    .update(
                        subject,
                        row.version,
                        vec![
                            (credential::Column::Sealed, Expr::value(sealed)),
                            (credential::Column::ExpiresAt, Expr::value(expires_at.0)),
                            (credential::Column::Version, Expr::value(now.0.max(row.version + 1))),
                            (credential::Column::RefreshLeaseUntil, Expr::value(0_i64)),
                            (credential::Column::UpdatedAt, Expr::value(now.0)),
                        ],
                    )
                    .await?;
                if stored == 0 {
                    return self.token_of_somebody_else(subject).await;
                }
                self.inner.tokens.put(
                    subject,
                    &tokens.access,
                    expires_at.minus(MARGIN).min(now.plus(CACHED)),
                );
                Ok(tokens.access)
            }
            Err(CallError::LoginNeeded) => {
                self.ask_for_login(subject, row.version).await?;
                Err(TokenError::LoginNeeded)
            }
            Err(error) => {
                self.end_refresh(subject, row.version).await?;
                Err(TokenError::Call(error))
            }
        }
    }

    /// While it was refreshed here, the row went or got other tokens: the person has disconnected,
    /// has logged in anew, or another process was faster. What came is nobody's.
    async fn token_of_somebody_else(&self, subject: &Subject) -> Result<Secret, TokenError> {
        let row = self.credential(subject).await?.ok_or(TokenError::NotConnected)?;
        let token = self.good_token(subject, &row, self.inner.clock.now()).await?;
        token.ok_or(TokenError::Call(CallError::OutcomeUnknown { status: None }))
    }

    /// Somebody else may try.
    async fn end_refresh(&self, subject: &Subject, version: i64) -> Result<(), VaultError> {
        let free = vec![(credential::Column::RefreshLeaseUntil, Expr::value(0_i64))];
        self.update(subject, version, free).await.map(drop)
    }

    async fn ask_for_login(&self, subject: &Subject, version: i64) -> Result<(), VaultError> {
        tracing::info!(provider = subject.provider(), "a login has ended; its owner must log in again");
        self.inner.tokens.drop(subject);
        self.update(
            subject,
            version,
            vec![
                (credential::Column::State, Expr::value("login_needed")),
                (credential::Column::RefreshLeaseUntil, Expr::value(0_i64)),
            ],
        )
        .await
        .map(|_| ())
    }

    async fn update(
        &self,
        subject: &Subject,
        version: i64,
        changes: Vec<(credential::Column, sea_orm::sea_query::SimpleExpr)>,
    ) -> Result<u64, VaultError> {
        self.update_where(subject.row().add(credential::Column::Version.eq(version)), changes).await
    }

    async fn update_where(
        &self,
        condition: Condition,
        changes: Vec<(credential::Column, sea_orm::sea_query::SimpleExpr)>,
    ) -> Result<u64, VaultError> {
        let done = self
            .inner
            .database
            .write(|transaction| {
                Box::pin(async move {
                    let mut update = credential::Entity::update_many().filter(condition);
                    for (column, value) in changes {
                        update = update.col_expr(column, value);
                    }
                    update.exec(transaction).await
                })
            })
            .await?;
        Ok(done.rows_affected)
    }

    async fn seal_pair(
        &self,
        subject: &Subject,
        tokens: &TokenSet,
        old_refresh: Option<&Secret>,
    ) -> Result<Vec<u8>, VaultError> {
        let refresh = tokens.refresh.as_ref().or(old_refresh);
        let pair = Pair {
            access: tokens.access.expose().to_owned(),
            refresh: refresh.map(|token| token.expose().to_owned()),
        };
        let row = subject.to_string();
        let plain = Zeroizing::new(serde_json::to_vec(&pair).map_err(|_| place(&row).broken())?);
        self.seal(&subject.scope, place(&row), &plain).await
    }

    async fn open_pair(&self, subject: &Subject, sealed: &[u8]) -> Result<Pair, VaultError> {
        let row = subject.to_string();
        let plain = self.open(place(&row), sealed).await?;
        serde_json::from_slice(&plain).map_err(|_| place(&row).broken())
    }
}

fn place(row: &str) -> Place<'_> {
    Place { table: "credential", row, column: "sealed" }
}
