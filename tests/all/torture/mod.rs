//! The kill test: copies of the service are killed again and again, at random moments and at each
//! named point, while people write on both sides, the platforms fail in every way, deliveries come
//! twice and in the wrong order, chats are compared with their issues, and the database goes away.
//! At the end each comment and each message must be on the other side once, in its order.
//!
//! `tests/torture` runs the long form; the plan comes from `THREADLINE_TORTURE_*`.

mod count;
mod crew;
mod every_write;
mod world;

use std::time::Duration;

use count::Count;
use world::World;

/// How much is done to the service.
#[derive(Debug, Clone, Copy)]
struct Plan {
    kills: u32,
    events: u32,
    conversations: u32,
    replicas: u32,
    /// How many of a hundred calls fail in each of six quick ways; those that hang are rarer.
    trouble: u8,
    /// How many of a hundred deliveries come twice, and as many in the wrong order.
    disorder: u8,
}

impl Plan {
    /// The short form, or what the environment asks for.
    fn asked() -> Self {
        let number = |name: &str, default| {
            let text = std::env::var(format!("THREADLINE_TORTURE_{name}")).ok();
            text.map_or(default, |text| text.parse().expect("THREADLINE_TORTURE_* are numbers"))
        };
        let percent = |name, default| u8::try_from(number(name, default)).expect("a percentage");
        let kills = number("KILLS", 8);
        Self {
            kills,
            events: number("EVENTS", kills * 10),
            conversations: number("CONVERSATIONS", 10),
            // SQLite is for one process.
            replicas: number("REPLICAS", 1),
            trouble: percent("TROUBLE", 1),
            disorder: percent("DISORDER", 20),
        }
    }
}

/// The longest that a service lives before it is killed.
const LIFE: Duration = Duration::from_millis(900);
/// The same where it is alone with a database that others may share: its lanes stand still until
/// their leases have run out.
const LIFE_ALONE: Duration = Duration::from_millis(2500);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_loses_nothing_and_doubles_nothing() {
    let plan = Plan::asked();
    let mut world = World::begin(plan).await;
    let longest = if world.database() == "postgres" && plan.replicas == 1 { LIFE_ALONE } else { LIFE };
    let mut said = 0;
    for kill in 1..=plan.kills {
        let until = plan.events * kill / plan.kills;
        // The first milliseconds are the interesting ones: it is just taking up what was left.
        let life = longest.mul_f64(rand::random_range(0.02..1.0));
        let pause = life / (until - said + 1);
        while said < until {
            tokio::time::sleep(pause).await;
            world.do_something(said);
            said += 1;
        }
        tokio::time::sleep(pause).await;
        if kill % 5 == 0 {
            world.cut_database().await;
        }
        if kill % 7 == 0 {
            world.wish_for_comparisons().await;
        }
        world.kill().await;
    }
    world.come_to_rest().await;
    let count = Count::of(&world, plan).await;
    if let Ok(path) = std::env::var("THREADLINE_TORTURE_REPORT") {
        std::fs::write(path, format!("{}\n", count.to_json())).unwrap();
    }
    if !count.is_clean() {
        let (left, history) = (world.left().await, world.history_of(&count.suspects).await);
        let log = world.crew.log_tail();
        panic!("{}\n{:#?}\n{left:#?}\n{history:#?}\n{log}", count.to_json(), count.findings);
    }
    world.end().await;
}
