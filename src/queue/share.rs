//! Who gets the hands of this process: the tenant that holds the fewest comes first, and none
//! holds so many that another's first event would find no hand. Knows nothing of lanes.

use std::collections::{BTreeSet, HashMap};

use crate::ids::TenantId;

/// A tenant may hold this many times as many hands as it leaves free: one alone gets three
/// quarters of them, ten that all want more leave two of sixty-four.
const TIMES: usize = 3;

/// What a tenant holds and wants.
#[derive(Debug, Default)]
struct Share {
    held: usize,
    /// The turn in which it was last given a hand.
    served: u64,
    waits: bool,
}

/// The hands of this process, and the tenants that hold them or wait for one.
#[derive(Debug)]
pub(super) struct Shares {
    free: usize,
    turn: u64,
    tenants: HashMap<TenantId, Share>,
    /// Those that wait: the fewest hands first, then the longest without one.
    waiting: BTreeSet<(usize, u64, TenantId)>,
}

impl Shares {
    /// So many hands, all free.
    pub(super) fn new(hands: usize) -> Self {
        Self { free: hands.max(1), turn: 0, tenants: HashMap::new(), waiting: BTreeSet::new() }
    }

    /// Somebody waits for a hand.
    pub(super) fn somebody_waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// This tenant has work that nobody does.
    pub(super) fn wait(&mut self, tenant: &TenantId) {
        self.change(tenant, |share| share.waits = true);
    }

    /// A hand for what has just arrived, unless that would overtake somebody who waits: only a
    /// tenant that holds none may.
    pub(super) fn take(&mut self, tenant: &TenantId) -> bool {
        let held = self.tenants.get(tenant).map_or(0, |share| share.held);
        let taken = self.may_take(held) && (held == 0 || !self.somebody_waits());
        if taken {
            self.give(tenant);
        }
        taken
    }

    /// Gives free hands to those who wait, one after the other; answers who gets how many. They
    /// count as served: who has more work waits again.
    pub(super) fn allot(&mut self) -> Vec<(TenantId, usize)> {
        let mut given: HashMap<TenantId, usize> = HashMap::new();
        while let Some((held, _, tenant)) = self.waiting.first().cloned()
            && self.may_take(held)
        {
            self.give(&tenant);
            *given.entry(tenant).or_default() += 1;
        }
        for tenant in given.keys() {
            self.change(tenant, |share| share.waits = false);
        }
        given.into_iter().collect()
    }

    /// A hand is free again.
    pub(super) fn give_back(&mut self, tenant: &TenantId) {
        self.free += 1;
        self.change(tenant, |share| share.held = share.held.saturating_sub(1));
    }

    fn may_take(&self, held: usize) -> bool {
        self.free > 0 && (held == 0 || held < TIMES * (self.free - 1))
    }

    fn give(&mut self, tenant: &TenantId) {
        self.free -= 1;
        self.turn += 1;
        let turn = self.turn;
        self.change(tenant, |share| (share.held, share.served) = (share.held + 1, turn));
    }

    fn change(&mut self, tenant: &TenantId, change: impl FnOnce(&mut Share)) {
        let share = self.tenants.entry(tenant.clone()).or_default();
        if share.waits {
            self.waiting.remove(&(share.held, share.served, tenant.clone()));
        }
        change(share);
        if share.waits {
            self.waiting.insert((share.held, share.served, tenant.clone()));
        } else if share.held == 0 {
            self.tenants.remove(tenant);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        TenantId::new(name)
    }

    fn allotted(shares: &mut Shares) -> Vec<(String, usize)> {
        let mut given: Vec<_> = shares.allot().into_iter().map(|(t, hands)| (t.to_string(), hands)).collect();
        given.sort();
        given
    }

    #[test]
    fn one_tenant_alone_gets_three_quarters() {
        let mut shares = Shares::new(64);
        shares.wait(&tenant("flood"));
        assert_eq!(allotted(&mut shares), [("flood".to_owned(), 48)]);
        shares.wait(&tenant("flood"));
        assert_eq!(allotted(&mut shares), [], "it has its share, and waits on");
        assert!(shares.take(&tenant("other")), "another's event finds a hand at once");
    }

    #[test]
    fn the_only_hand_goes_round() {
        let mut shares = Shares::new(1);
        let mut order = Vec::new();
        for _ in 0..6 {
            for name in ["a", "b", "c"] {
                shares.wait(&tenant(name));
            }
            let given = allotted(&mut shares);
            assert_eq!(given.len(), 1);
            let served = tenant(&given[0].0);
            // It has more work: it is heard of before its hand is free again.
            shares.wait(&served);
            shares.give_back(&served);
            order.push(given[0].0.clone());
        }
        assert_eq!(order, ["a", "b", "c", "a", "b", "c"]);
    }

    #[test]
    fn who_has_nothing_yet_comes_before_who_has_much() {
        let mut shares = Shares::new(8);
        shares.wait(&tenant("flood"));
        shares.allot();
        shares.wait(&tenant("flood"));
        for name in ["x", "y"] {
            shares.wait(&tenant(name));
        }
        assert_eq!(allotted(&mut shares), [("x".to_owned(), 1), ("y".to_owned(), 1)]);
        shares.give_back(&tenant("flood"));
        assert_eq!(allotted(&mut shares), [], "six of eight less one would leave one: too few");
    }

    #[test]
    fn an_arrival_does_not_overtake_who_waits() {
        let mut shares = Shares::new(8);
        assert!(shares.take(&tenant("a")));
        assert!(shares.take(&tenant("a")), "nobody waits");
        shares.wait(&tenant("b"));
        assert!(!shares.take(&tenant("a")));
        assert!(shares.take(&tenant("c")), "its first");
    }

    #[test]
    fn hands_are_neither_lost_nor_made() {
        let mut shares = Shares::new(5);
        for name in ["a", "b", "c", "d", "e", "f", "g"] {
            shares.wait(&tenant(name));
        }
        let given = shares.allot();
        assert_eq!(given.iter().map(|(_, hands)| hands).sum::<usize>(), 5);
        for (tenant, hands) in given {
            for _ in 0..hands {
                shares.give_back(&tenant);
            }
        }
        let given = shares.allot();
        assert_eq!(given.len(), 2, "the other two");
        assert!(!shares.somebody_waits());
        assert_eq!(shares.free + given.iter().map(|(_, hands)| hands).sum::<usize>(), 5);
    }
}
