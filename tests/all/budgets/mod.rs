//! What the platforms permit is kept before they have to say no.

mod bursts;
mod headers;
mod replicas;

use threadline::ambient::Clock;
use threadline_simulator::{Options, Simulator};

use crate::service::Service;

/// A service among platforms that refuse what is over their limits; two people are connected,
/// and the issue and the chat are linked.
async fn limited() -> Service {
    let options = Options { limits: true, ..Options::default() };
    let service = Service::start_at(Clock::system(), options, |_| {}).await;
    service.connect_and_link().await;
    service
}

/// Calls that the platforms have refused because they were too many.
fn refused(world: &Simulator) -> u64 {
    world.calls().iter().filter(|call| call.status == 429).map(|call| call.count).sum()
}
