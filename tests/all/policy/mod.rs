//! What a link allows, and who writes for people who have not connected: each setting both ways,
//! who may change it, and what becomes of what waits.

mod cli;
mod hold;
mod moved;
mod panel;
mod permission;
mod scopes;
mod shown;

use reqwest::Method;
use serde_json::{Value, json};
use threadline::ids::ProjectId;
use threadline::stage::{Browser, CLOUD, PEOPLE};
use threadline::store::{ProjectOfSite, Setting, SettingName, SettingScope};
use threadline_simulator::{IssueDraft, ProjectKind};

use crate::service::Service;

/// A service project.
const HELP: &str = "HELP";

/// A link of the stage's issue and chat, made by the first person, who administers the projects.
struct Scene {
    service: Service,
    ann: Browser,
    ben: Browser,
    link: String,
}

impl Scene {
    async fn set() -> Self {
        Self::of(Service::start().await).await
    }

    async fn of(service: Service) -> Self {
        service.world().add_to_role(CLOUD, "Administrators", PEOPLE[0]).unwrap();
        Self::linked(service).await
    }

    /// The same where nobody administers anything yet.
    async fn linked(service: Service) -> Self {
        let mut ann = service.stage.connect(PEOPLE[0]).await.unwrap();
        let ben = service.stage.connect(PEOPLE[1]).await.unwrap();
        let link = service.link(&mut ann, &service.stage.issue, &service.stage.chat).await;
        Self { service, ann, ben, link }
    }

    /// The same with an issue of a service project.
    async fn of_help_desk() -> Self {
        let mut service = Service::start().await;
        let world = service.world();
        world.add_project(CLOUD, HELP, "Help desk", ProjectKind::ServiceDesk, &["Request"]).unwrap();
        let issue = world.create_issue(PEOPLE[0], IssueDraft::new(HELP, "No printer")).unwrap().key;
        service.stage.issue = issue;
        Self::of(service).await
    }

    /// Sets something as the operator.
    async fn operator(&self, scope: SettingScope, name: &str, value: Option<&str>) {
        let name = SettingName::from_word(name).unwrap();
        let setting = value.map(|value| Setting::parse(name, value).unwrap());
        let changes = vec![(name, setting)];
        self.service.storage.store.change_settings(scope, changes, "operator".to_owned()).await.unwrap();
    }

    /// Sets something for the link as the operator.
    async fn for_link(&self, name: &str, value: &str) {
        self.operator(self.link_scope(), name, Some(value)).await;
    }

    /// The link while its issue is where it is now.
    fn link_scope(&self) -> SettingScope {
        let key = self.service.world().issue(&self.service.stage.issue).unwrap().project;
        let SettingScope::Project(project) = self.project(&key) else { unreachable!() };
        SettingScope::Link { id: self.link.parse().unwrap(), project: Some(project.id) }
    }

    /// The project that has this key now.
    fn project(&self, key: &str) -> SettingScope {
        let project = self.service.world().project(CLOUD, key).unwrap();
        let (site, id) = (self.service.site, ProjectId::new(project.id));
        SettingScope::Project(ProjectOfSite { site, id, key: project.key })
    }

    /// Comments as a person, and waits until nothing is left to do.
    async fn comment(&self, person: &str, draft: impl Into<threadline_simulator::CommentDraft>) {
        self.service.world().comment(person, &self.service.stage.issue, draft).unwrap();
        self.service.quiet().await;
    }
}

/// Puts the settings of a link; answers the status and the body.
async fn put(person: &mut Browser, path: &str, wanted: &Value) -> (u16, Value) {
    let request = person.request(Method::PUT, path).unwrap().json(wanted);
    let answer = person.send(request).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Gets the settings of a link or a project.
async fn get(person: &mut Browser, path: &str) -> (u16, Value) {
    let answer = person.get(path).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Value and origin of a setting in an answer.
fn told(answer: &Value, name: &str) -> (String, String) {
    let found = answer["settings"].as_array().unwrap().iter().find(|one| one["name"] == json!(name)).unwrap();
    (found["value"].as_str().unwrap().to_owned(), found["from"].as_str().unwrap().to_owned())
}
