//! Issues, their forms and their links.

use super::*;

#[tokio::test]
async fn an_issue_is_read_with_its_project_and_its_security_level() {
    let wire = json!({
        "id": "10042", "key": "ABC-1", "self": "https://api.example/rest/api/3/issue/10042",
        "fields": {
            "project": { "id": "10001", "key": "ABC", "projectTypeKey": "service_desk" },
            "security": { "id": "1" }, "summary": "S",
        },
    });
    let (seen, issue) = on_site((200, wire), async |site| site.issue("ABC-1", &["summary"]).await).await;
    assert_eq!(seen.line, "GET …/issue/ABC-1");
    assert!(seen.has("fields", "project,security,summary"));
    let issue = issue.unwrap();
    assert!(issue.project_is_service_desk && issue.has_security_level);
    assert_eq!(issue.project_id.as_str(), "10001");
    assert_eq!((issue.project_key.as_str(), issue.summary.as_deref()), ("ABC", Some("S")));
}

#[tokio::test]
async fn an_issue_without_a_security_level_says_so_in_two_ways() {
    for security in [json!({}), json!({ "security": null })] {
        let mut fields = json!({ "project": { "id": "10001", "key": "ABC", "projectTypeKey": "software" } });
        fields.as_object_mut().unwrap().extend(security.as_object().unwrap().clone());
        let wire = json!({ "id": "10042", "key": "ABC-1", "fields": fields });
        let (_, issue) = on_site((200, wire), async |site| site.issue("10042", &[]).await).await;
        let issue = issue.unwrap();
        assert!(!issue.has_security_level && !issue.project_is_service_desk);
    }
}

#[tokio::test]
async fn an_issue_is_created_with_its_origin() {
    let new = NewIssue {
        project_key: "ABC".into(),
        issue_type: IssueTypeRef::Name("Bug".into()),
        summary: "It fails".into(),
        description: Some(adf()),
        origin: json!({ "m": "17" }),
    };
    let (seen, created) =
        on_site((201, json!({ "id": "10042", "key": "ABC-1", "self": "x" })), async |site| {
            site.create_issue(&new).await
        })
        .await;
    assert_eq!(created.unwrap().key.as_str(), "ABC-1");
    assert_eq!(seen.line, "POST …/issue");
    let expected = json!({
        "fields": {
            "project": { "key": "ABC" }, "issuetype": { "name": "Bug" },
            "summary": "It fails", "description": adf(),
        },
        "properties": [{ "key": "threadline.origin", "value": { "m": "17" } }],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn before_creating_again_the_callers_recent_issues_are_looked_at() {
    let found = json!({ "isLast": true, "issues": [
        { "id": "10042", "key": "ABC-1", "fields": {}, "properties": { "threadline.origin": { "m": "17" } } },
        { "id": "10041", "key": "ABC-0", "fields": {} },
    ] });
    let (seen, issues) =
        on_site((200, found), async |site| site.recent_issues("ABC", Duration::from_mins(15)).await).await;
    let issues = issues.unwrap();
    assert_eq!(issues[0].origin, Some(json!({ "m": "17" })));
    assert_eq!(issues[1].origin, None);
    assert_eq!(seen.line, "POST …/search/jql");
    let expected = json!({
        "jql": "project = \"ABC\" AND creator = currentUser() AND created >= -15m ORDER BY created DESC",
        "maxResults": 50, "fields": ["key", "created"], "properties": ["threadline.origin"],
    });
    assert_eq!(seen.json(), expected);
}

#[tokio::test]
async fn a_property_that_is_not_set_is_no_failure() {
    let (seen, value) = on_site((404, json!({ "errorMessages": ["…"], "errors": {} })), async |site| {
        site.issue_property(&issue(), "threadline.chats").await
    })
    .await;
    assert_eq!(value.unwrap(), None);
    assert_eq!(seen.line, "GET …/issue/10042/properties/threadline.chats");

    let (seen, set) = on_site((201, Value::Null), async |site| {
        site.set_issue_property(&issue(), "threadline.chats", &json!({ "n": 1 })).await
    })
    .await;
    set.unwrap();
    assert_eq!(
        (seen.line.as_str(), seen.json()),
        ("PUT …/issue/10042/properties/threadline.chats", json!({ "n": 1 }))
    );
}

#[tokio::test]
async fn an_issue_shows_its_chat_as_a_link() {
    let link = RemoteLink {
        global_id: "threadline=link_1".into(),
        url: Url::parse("https://teams.microsoft.com/l/chat/19").unwrap(),
        title: "Chat".into(),
        summary: None,
    };
    let (seen, put) =
        on_site((201, json!({ "id": 1 })), async |site| site.put_remote_link(&issue(), &link).await).await;
    put.unwrap();
    assert_eq!(seen.line, "POST …/issue/10042/remotelink");
    assert_eq!(seen.json()["globalId"], "threadline=link_1");
    assert_eq!(seen.json()["object"]["url"], "https://teams.microsoft.com/l/chat/19");
}

#[tokio::test]
async fn a_form_for_a_new_issue_learns_projects_types_and_fields() {
    let page = json!({ "values": [{ "id": "1", "key": "ABC", "name": "Abacus" }], "isLast": true });
    let (seen, projects) = on_site((200, page), async |site| site.projects("ab").await).await;
    assert_eq!(projects.unwrap()[0].key, "ABC");
    assert!(seen.has("query", "ab") && seen.has("action", "create"));

    for name in ["issueTypes", "createMetaIssueType"] {
        let page = json!({ name: [{ "id": "7", "name": "Bug", "subtask": false }], "total": 1 });
        let (seen, types) = on_site((200, page), async |site| site.issue_types("ABC").await).await;
        assert_eq!(types.unwrap()[0].id, "7");
        assert_eq!(seen.line, "GET …/issue/createmeta/ABC/issuetypes");
    }
    for name in ["fields", "results"] {
        let page = json!({ name: [
            { "fieldId": "summary", "key": "summary", "name": "Summary", "required": true },
            { "fieldId": "priority", "required": true, "hasDefaultValue": true },
        ] });
        let (seen, fields) = on_site((200, page), async |site| site.create_fields("ABC", "7").await).await;
        let needed: Vec<_> = fields.unwrap().into_iter().map(|f| (f.must_be_given(), f.field_id)).collect();
        assert_eq!(needed, [(true, "summary".to_owned()), (false, "priority".to_owned())]);
        assert_eq!(seen.line, "GET …/issue/createmeta/ABC/issuetypes/7");
    }
}

#[tokio::test]
async fn who_administers_a_project_is_told_by_jira_and_silence_means_no() {
    let told = |have: bool| json!({ "permissions": { "ADMINISTER_PROJECTS": { "havePermission": have } } });
    for (status, answer, expected) in [
        (200, told(true), true),
        (200, told(false), false),
        (200, json!({ "permissions": {} }), false),
        (404, json!({ "errorMessages": ["No project could be found."] }), false),
    ] {
        let (seen, may) =
            on_site((status, answer), async |site| site.administers(&ProjectId::new("10001")).await).await;
        assert_eq!(may.unwrap(), expected);
        assert_eq!(seen.line, "GET …/mypermissions");
        assert!(seen.has("projectId", "10001") && seen.has("permissions", "ADMINISTER_PROJECTS"));
    }
}
