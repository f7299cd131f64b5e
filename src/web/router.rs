//! The one routing table, and what every request passes.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Door, account, api, assets, events, files, graph, login, messages, operator, panel, settings,
    settings_page, webhooks,
};

/// The largest body of a request.
const BODY: usize = 1 << 20;
/// Jira sends up to 25 MB.
const WEBHOOK_BODY: usize = 25 << 20;
/// Graph tells of several messages at once, each encrypted. Nothing proves who sends it before it is read.
const GRAPH_BODY: usize = 2 << 20;
/// The longest a request may take.
const TIME: Duration = Duration::from_secs(20);
/// The longest a delivery of Microsoft's may take: Graph and the Bot Connector wait ten seconds or
/// little more, and who hears of a refusal in time comes back sooner.
const DELIVERY_TIME: Duration = Duration::from_secs(8);

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Threadline",
        description = "Links Jira issues to Microsoft Teams chats. The caller is a person who has logged in at `/login/jira` and `/login/microsoft`; their session cookie proves it. What is about events is the operator's: a bearer token proves them."
    ),
    modifiers(&Proofs),
    tags((name = "links", description = "Which issue is linked to which chat"), (name = "issues", description = "What belongs to an issue"), (name = "settings", description = "What a link or a project allows, and who writes for people who have not connected"), (name = "events", description = "What arrived, what became of it, and another try; for the operator"))
)]
struct Description;

/// How callers prove who they are.
struct Proofs;

impl utoipa::Modify for Proofs {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
        let components = openapi.components.get_or_insert_default();
        let operator = Http::builder()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("server.operator_token of the configuration"))
            .build();
        components.add_security_scheme("operator", SecurityScheme::Http(operator));
    }
}

fn api_router() -> OpenApiRouter<Door> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(api::add_link))
        .routes(routes!(api::remove_link))
        .routes(routes!(api::chats))
        .routes(routes!(settings::of_link, settings::set_for_link))
        .routes(routes!(settings::of_project, settings::set_for_project))
        .routes(routes!(events::list_events))
        .routes(routes!(events::show_event))
        .routes(routes!(events::retry_events))
}

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    api_router().split_for_parts().1
}

/// All routes.
pub fn router(door: Door) -> Router {
    let (api, description) = api_router().split_for_parts();
    let people = Router::new()
        .route("/", get(account::show))
        .route("/disconnect", post(account::disconnect))
        .route("/login/{provider}", get(login::begin))
        .route("/login/{provider}/callback", get(login::callback))
        .route("/logout", post(login::logout))
        .route("/panel", get(panel::show))
        .route("/files/{token}", get(files::show))
        .route("/panel/settings", get(settings_page::show).post(settings_page::change))
        .merge(api)
        // Another site's page can't make a browser act here: by Sec-Fetch-Site and Origin.
        .layer(CsrfLayer::new());
    let microsoft = Router::new()
        .route("/webhooks/graph", post(graph::notifications).layer(DefaultBodyLimit::max(GRAPH_BODY)))
        .route("/webhooks/graph/lifecycle", post(graph::notifications))
        .route("/api/messages", post(messages::activity))
        .route_layer(within(DELIVERY_TIME));
    let platforms = Router::new()
        .route("/webhooks/jira", post(webhooks::jira_app).layer(DefaultBodyLimit::max(WEBHOOK_BODY)))
        .route("/webhooks/jira/{site}", post(webhooks::jira).layer(DefaultBodyLimit::max(WEBHOOK_BODY)))
        .merge(microsoft);
    // Every connection has its own copy of the routes: of the document they hold a handle.
    let description = Arc::new(description);
    let describe = move || {
        let description = Arc::clone(&description);
        async move { Json(&*description).into_response() }
    };
    let files = Router::new()
        .route("/api/openapi.json", get(describe))
        .route("/assets/threadline.css", get(assets::style))
        .route("/assets/threadline.js", get(assets::script));
    passing(Router::new().merge(people).merge(platforms).merge(files).merge(for_operator()), door)
}

/// What the operator asks, and nothing else: of a process that takes nothing from outside.
pub fn operator_router(door: Door) -> Router {
    passing(for_operator(), door)
}

fn for_operator() -> Router<Door> {
    Router::new()
        .route("/healthz", get(operator::healthz))
        .route("/readyz", get(operator::readyz))
        .route("/metrics", get(operator::metrics))
}

/// What every request passes.
fn passing(routes: Router<Door>, door: Door) -> Router {
    routes
        .fallback(|| async {
            super::problem::Problem::new(StatusCode::NOT_FOUND, "There is nothing here. Check the address.")
        })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(
            ServiceBuilder::new()
                .layer(CatchPanicLayer::new())
                .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
                .layer(within(TIME)),
        )
        .layer(axum::middleware::map_response(super::problem::explain))
        .layer(axum::middleware::from_fn_with_state(door.clone(), super::problem::as_page))
        .layer(axum::middleware::from_fn(log))
        .with_state(door)
}

fn within(time: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time)
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// One line a request: method, the route's pattern, status, time. Never the query, which
/// carries codes, nor ids of the path.
async fn log(request: Request<axum::body::Body>, next: axum::middleware::Next) -> axum::response::Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let began = tokio::time::Instant::now();
    let response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    metrics::histogram!("threadline_request_seconds", "route" => route.clone()).record(took.as_secs_f64());
    tracing::debug!(%method, route, status, took_ms = took.as_millis(), "request");
    response
}
