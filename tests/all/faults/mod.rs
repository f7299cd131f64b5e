//! Platforms that fail in every way: what was written is there exactly once, in order.

mod dead_letter;
mod every_change;
mod every_write;
mod landing;
mod order;
mod removed_link;

use threadline_simulator::{Fault, Host, Moment};

use crate::service::Service;

/// Every way to fail once: before and after the effect.
fn troubles() -> [(&'static str, Fault); 8] {
    [
        ("too many requests", Fault::too_many(0)),
        ("unavailable", Fault::status(503)),
        ("broken before", Fault::status(500)),
        ("broken after", Fault::status_after(500)),
        ("silent before", Fault::hang(Moment::Before)),
        ("silent after", Fault::hang(Moment::After)),
        ("cut before", Fault::cut(Moment::Before)),
        ("cut after", Fault::cut(Moment::After)),
    ]
}

/// A linked service that waits two seconds for an answer at most.
async fn impatient() -> Service {
    let service = Service::start_with(|settings| settings.relay.call_seconds = 2).await;
    service.connect_and_link().await;
    service
}

/// Lets `write` happen once for each trouble at this route, and waits for its end.
async fn through_all_troubles(service: &Service, method: &str, host: Host, path: &str, write: impl Fn(&str)) {
    for (name, trouble) in troubles() {
        service.world().fail(trouble.at_host(host).on(method, path).times(1));
        write(name);
        service.quiet().await;
        let (left, _) = service.world().faults();
        assert!(left.iter().all(|fault| fault.times == Some(0)), "{name}: the fault has struck");
    }
}
