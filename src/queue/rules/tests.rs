//! The rules and the statements say the same: any story of a lane, told to both.

use sea_orm::EntityTrait;
use threadline_entity::lane;
use uuid::Uuid;

use super::super::tests::{event, queue_at};
use super::super::{Event, Lease, Queue, Verdict};
use super::{LaneRow, Settled, Then};
use crate::ambient::{Clock, Millis};
use crate::ids::TenantId;

/// Numbers that a seed determines.
struct Dice(u32);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % end
    }
}

/// A lane in the database, and the same lane by the rules.
struct Both {
    queue: Queue,
    clock: Clock,
    leases: Vec<Lease>,
    ruled: LaneRow<Uuid>,
    arrived: u32,
}

impl Both {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn until(&self) -> Millis {
        self.now().plus(self.queue.settings.lease())
    }

    async fn pending(&self) -> Vec<Event> {
        let any = self.queue.lease(super::super::tests::lane_key("a"), Uuid::nil());
        any.next().await.unwrap()
    }

    async fn put(&mut self) {
        self.arrived += 1;
        self.queue.put(vec![event("a", &self.arrived.to_string())]).await.unwrap();
        self.ruled.extend(self.now());
    }

    async fn claim(&mut self) {
        self.queue.wake_due().await.unwrap();
        self.ruled.wake_due(self.now());
        let claimed = self.queue.claim(&TenantId::new("t"), 1).await.unwrap().pop();
        let free = self.ruled.is_free(self.now());
        assert_eq!(claimed.is_some(), free);
        if let Some(lease) = claimed {
            assert!(self.ruled.claim(self.now(), self.until(), lease.token()));
            self.leases.push(lease);
        }
    }

    async fn renew(&mut self, which: u32) {
        let Some(lease) = self.lease(which) else { return };
        let until = self.until();
        assert_eq!(lease.renew().await.is_ok(), self.ruled.fence(lease.token(), until));
    }

    async fn settle(&mut self, which: u32, dice: &mut Dice) {
        let (Some(lease), pending) = (self.lease(which), self.pending().await) else { return };
        let Some(settled) = pending.first() else { return };
        let now = self.now();
        let again =
            (dice.below(3) == 0).then(|| now.plus(std::time::Duration::from_secs(u64::from(dice.below(9)))));
        let verdict = match again {
            Some(at) => Verdict::Retry { at, reason: "again", counts: true },
            None => Verdict::done("done"),
        };
        let then = Then::after(again.is_some() || dice.below(4) == 0, dice.below(2) == 0);
        let first = pending.get(1).map(|event| Millis(event.due_at));
        let ruled = self.ruled.settle(lease.token(), then, now, self.until(), first, again);
        let real = match lease.settle(settled, verdict, then).await {
            Ok(super::super::settle::Lane::Kept(_)) => Settled::Kept,
            Ok(super::super::settle::Lane::Left(_)) => Settled::Left,
            Err(_) => Settled::Lost,
        };
        assert_eq!(real, ruled, "{then:?}");
    }

    fn lease(&self, which: u32) -> Option<Lease> {
        let leases = u32::try_from(self.leases.len()).unwrap();
        (leases > 0).then(|| self.leases[usize::try_from(which % leases).unwrap()].clone())
    }

    async fn same(&self, story: &[u32]) {
        let row = lane::Entity::find().one(self.queue.database.reader()).await.unwrap();
        let Some(row) = row else { return };
        let real = LaneRow {
            ready_at: row.ready_at.map(Millis),
            due_at: row.due_at.map(Millis),
            lease_until: Millis(row.lease_until),
            token: row.token,
        };
        assert_eq!(real, self.ruled, "after {story:?}");
    }
}

#[tokio::test]
async fn whatever_happens_to_a_lane_the_rules_say_the_same() {
    for seed in 0..12 {
        let clock = Clock::manual(Millis(1_800_000_000_000));
        let (queue, _directory) = queue_at(clock.clone()).await;
        let ruled = LaneRow::default();
        let mut both = Both { queue, clock, leases: Vec::new(), ruled, arrived: 0 };
        let (mut dice, mut story) = (Dice(seed), Vec::new());
        for _ in 0..60 {
            let what = dice.below(10);
            story.push(what);
            match what {
                0..3 => both.put().await,
                3 | 4 => both.claim().await,
                5 => both.renew(dice.below(8)).await,
                6 => both.clock.advance(std::time::Duration::from_secs(u64::from(dice.below(50)))),
                // The last to lease it is who most likely holds it.
                7 => both.settle(dice.below(8), &mut dice).await,
                _ => both.settle(u32::try_from(both.leases.len()).unwrap().wrapping_sub(1), &mut dice).await,
            }
            both.same(&story).await;
        }
    }
}
