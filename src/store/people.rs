//! The user mapping: a Jira account and a Microsoft account of one person, both proven by login.

use std::collections::BTreeSet;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use threadline_entity::user_link;

use super::{Session, Store};
use crate::ids::{AccountId, ObjectId, SiteId, TenantId};
use crate::{audit, queue};

/// A person on one site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The site.
    pub site: SiteId,
    /// Atlassian account.
    pub account: AccountId,
    /// Entra tenant.
    pub tenant: TenantId,
    /// Entra object id.
    pub object: ObjectId,
}

impl From<user_link::Model> for Person {
    fn from(row: user_link::Model) -> Self {
        Self {
            site: SiteId::from_uuid(row.site_id),
            account: AccountId::new(row.account_id),
            tenant: TenantId::new(row.tenant_id),
            object: ObjectId::new(row.object_id),
        }
    }
}

/// How an event names the Microsoft account whose login it waits for.
pub fn person_account(tenant: &TenantId, object: &ObjectId) -> String {
    format!("{tenant}/{object}")
}

/// How an event names the Jira account that it waits for while nobody is mapped to it: a login
/// with Jira alone does not help.
pub fn unmapped_account(account: &AccountId) -> String {
    format!("unmapped/{account}")
}

fn is_microsoft(tenant: &TenantId, object: &ObjectId) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(user_link::Column::TenantId.eq(tenant.as_str()))
        .add(user_link::Column::ObjectId.eq(object.as_str()))
}

impl Store {
    /// The person behind a Jira account.
    pub async fn person_by_account(
        &self,
        site: SiteId,
        account: &AccountId,
    ) -> Result<Option<Person>, DbErr> {
        let row = user_link::Entity::find_by_id((site.uuid(), account.to_string()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Person::from))
    }

    /// The person behind a Microsoft account.
    pub async fn person_by_object(
        &self,
        site: SiteId,
        tenant: &TenantId,
        object: &ObjectId,
    ) -> Result<Option<Person>, DbErr> {
        let row = user_link::Entity::find()
            .filter(user_link::Column::SiteId.eq(site.uuid()))
            .filter(user_link::Column::TenantId.eq(tenant.as_str()))
            .filter(user_link::Column::ObjectId.eq(object.as_str()))
            .one(self.database.reader())
            .await?;
        Ok(row.map(Person::from))
    }

    /// Accounts on a site that are mapped: whom to ask for a look where the author can't be.
    pub async fn accounts_of_site(&self, site: SiteId, limit: u64) -> Result<Vec<AccountId>, DbErr> {
        let rows = user_link::Entity::find()
            .filter(user_link::Column::SiteId.eq(site.uuid()))
            .limit(limit)
            .all(self.database.reader())
            .await?;
        Ok(rows.into_iter().map(|row| AccountId::new(row.account_id)).collect())
    }

    /// Maps a person on a site and lets what waited for that login go on. A new mapping
    /// replaces older ones of either account. Answers how many events go on.
    pub async fn map_person(&self, person: Person) -> Result<u64, DbErr> {
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    user_link::Entity::delete_many()
                        .filter(user_link::Column::SiteId.eq(person.site.uuid()))
                        .filter(user_link::Column::TenantId.eq(person.tenant.as_str()))
                        .filter(user_link::Column::ObjectId.eq(person.object.as_str()))
                        .filter(user_link::Column::AccountId.ne(person.account.as_str()))
                        .exec(transaction)
                        .await?;
                    let row = user_link::ActiveModel {
                        site_id: Set(person.site.uuid()),
                        account_id: Set(person.account.to_string()),
                        tenant_id: Set(person.tenant.to_string()),
                        object_id: Set(person.object.to_string()),
                        created_at: Set(now.0),
                    };
                    let mut replace =
                        OnConflict::columns([user_link::Column::SiteId, user_link::Column::AccountId]);
                    replace.update_columns([user_link::Column::TenantId, user_link::Column::ObjectId]);
                    user_link::Entity::insert(row)
                        .on_conflict(replace)
                        .exec_without_returning(transaction)
                        .await?;
                    let names = [
                        person_account(&person.tenant, &person.object),
                        format!("jira/{}", person.account),
                        unmapped_account(&person.account),
                        person.site.to_string(),
                    ];
                    let names = names.iter().map(String::as_str);
                    let released = queue::release_waiting(transaction, names, now).await?;
                    let entry = audit::Entry {
                        actor: format!("jira/{}", person.account),
                        action: "person mapped",
                        subject: format!("{} {}/{}", person.site, person.tenant, person.object),
                    };
                    audit::append(transaction, now, entry).await?;
                    Ok(released)
                })
            })
            .await
    }

    /// Those for whom something waits under this name: `jira/{account}`, or `{tenant}/{object}`.
    pub async fn people_named(&self, name: &str) -> Result<Vec<Person>, DbErr> {
        let Some((tenant, account)) = name.split_once('/') else { return Ok(Vec::new()) };
        let named = match tenant {
            "jira" => user_link::Column::AccountId.eq(account).into(),
            tenant => is_microsoft(&TenantId::new(tenant), &ObjectId::new(account)),
        };
        let rows = user_link::Entity::find().filter::<sea_orm::Condition>(named);
        Ok(rows.all(self.database.reader()).await?.into_iter().map(Person::from).collect())
    }

    /// Lets go on what waited for a login of these accounts, or of the other account of the same
    /// person. Answers how many events go on.
    pub async fn release_waiting_for(&self, session: &Session) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let mut either = sea_orm::Condition::any();
        let mut names = BTreeSet::new();
        if let Some(account) = &session.account {
            names.insert(format!("jira/{account}"));
            either = either.add(user_link::Column::AccountId.eq(account.as_str()));
        }
        if let Some((tenant, object)) = &session.microsoft {
            names.insert(person_account(tenant, object));
            either = either.add(is_microsoft(tenant, object));
        }
        if names.is_empty() {
            return Ok(0);
        }
        for row in user_link::Entity::find().filter(either).all(self.database.reader()).await? {
            let person = Person::from(row);
            names.insert(format!("jira/{}", person.account));
            names.insert(person_account(&person.tenant, &person.object));
        }
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    queue::release_waiting(transaction, names.iter().map(String::as_str), now).await
                })
            })
            .await
    }

    /// Removes every mapping of these accounts: either one may be unknown.
    pub async fn unmap_person(
        &self,
        account: Option<AccountId>,
        microsoft: Option<(TenantId, ObjectId)>,
    ) -> Result<u64, DbErr> {
        let now = self.clock.now();
        self.database
            .write(move |transaction| {
                Box::pin(async move {
                    let mut either = sea_orm::Condition::any();
                    let mut actor = "threadline".to_owned();
                    if let Some((tenant, object)) = microsoft {
                        actor = format!("microsoft/{tenant}/{object}");
                        either = either.add(is_microsoft(&tenant, &object));
                    }
                    if let Some(account) = account {
                        actor = format!("jira/{account}");
                        either = either.add(user_link::Column::AccountId.eq(account.as_str()));
                    }
                    if either.is_empty() {
                        return Ok(0);
                    }
                    let gone = user_link::Entity::delete_many().filter(either).exec(transaction).await?;
                    let entry = audit::Entry { subject: actor.clone(), actor, action: "person unmapped" };
                    audit::append(transaction, now, entry).await?;
                    Ok(gone.rows_affected)
                })
            })
            .await
    }
}
