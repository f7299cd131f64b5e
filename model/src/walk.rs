//! Long schedules, drawn by a seed: what exploring can't reach.

use stateright::Model;

use crate::setting::{Deed, Setting, Side};
use crate::story::in_words;
use crate::world::World;

/// Numbers that a seed determines, on every machine alike.
#[derive(Debug, Clone, Copy)]
pub struct Dice(u64);

impl Dice {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end` (0 if there is none).
    pub fn below(&mut self, end: usize) -> usize {
        // SplitMix64: one addition and two multiplications, and every seed gives another row.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// What walks came to.
#[derive(Debug, Clone, Default)]
pub struct Walked {
    /// How many schedules were walked.
    pub schedules: u64,
    /// How many steps they had.
    pub steps: u64,
    /// How many steps the longest had.
    pub longest: u64,
    /// What failed first: its seed, the property, and the schedule in words.
    pub failed: Option<(u64, &'static str, Vec<String>)>,
}

/// A world with more of everything than can be explored: two people, three comments and messages,
/// many changes on both sides, and many faults.
pub fn busy(dice: &mut Dice) -> Setting {
    let mut scripts = vec![Vec::new(), Vec::new()];
    for thing in 0..3 {
        let side = if dice.below(2) == 0 { Side::Issue } else { Side::Chat };
        let mut deeds = vec![Deed::Write(side, thing)];
        for _ in 0..2 + dice.below(4) {
            deeds.push(match dice.below(10) {
                0..3 => Deed::Edit(Side::Issue, thing),
                3..6 => Deed::Edit(Side::Chat, thing),
                6 => Deed::Delete(Side::Issue, thing),
                7 => Deed::Delete(Side::Chat, thing),
                8 => Deed::Undelete(thing),
                _ if dice.below(2) == 0 => Deed::Restrict(thing),
                _ => Deed::Open(thing),
            });
        }
        // Both people have a hand in it.
        for (place, deed) in deeds.into_iter().enumerate() {
            let who = if place == 0 { usize::from(thing) % 2 } else { dice.below(2) };
            if let Some(script) = scripts.get_mut(who) {
                script.push(deed);
            }
        }
    }
    let mut some = |most: usize| u8::try_from(dice.below(most + 1)).unwrap_or(0);
    let (crashes, stalls, unknown, duplicates) = (some(5), some(3), some(3), some(5));
    let same_words = some(3) == 0;
    Setting {
        crashes,
        stalls,
        unknown,
        duplicates,
        // Of two things that say the same the later may be written first then; the earlier takes its copy
        // for its own, and each is there once after all. By their marks here they would be two of one.
        asides: if same_words { 0 } else { some(2) },
        bot_stands_in: some(1) == 1,
        by_bot: some(1) == 1,
        same_words,
        batch: 1 + usize::from(some(3)),
        reduced: false,
        ..Setting::calm("busy", scripts)
    }
}

/// Walks one schedule to its end; answers how many steps it had, or what failed. What people can't
/// do any more, they leave out.
pub fn walk(setting: &Setting, dice: &mut Dice) -> Result<u64, (&'static str, Vec<String>)> {
    let mut setting = setting.clone();
    let mut world = World::new(&setting);
    let mut told = Vec::new();
    let mut actions = Vec::new();
    let properties = setting.properties();
    let mut steps = 0;
    loop {
        for property in &properties {
            let must_hold = property.expectation == stateright::Expectation::Always;
            if must_hold && !(property.condition)(&setting, &world) {
                return Err((
                    property.name,
                    told.iter().map(|(world, next)| in_words(&setting, world, *next)).collect(),
                ));
            }
        }
        actions.clear();
        setting.actions(&world, &mut actions);
        let Some(&next) = actions.get(dice.below(actions.len())) else {
            let Some(who) = world.stuck_person(&setting) else { return Ok(steps) };
            let so_far = usize::from(world.scripts.get(who).copied().unwrap_or(0));
            if let Some(script) = setting.scripts.get_mut(who) {
                script.remove(so_far);
            }
            continue;
        };
        let Some(after) = setting.next_state(&world, next) else { return Ok(steps) };
        told.push((std::mem::replace(&mut world, after), next));
        steps += 1;
    }
}

/// Walks as many schedules as asked for, each from a seed of its own, on all processors.
pub fn walk_many(seed: u64, schedules: u64) -> Walked {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let share = schedules.div_ceil(threads);
    std::thread::scope(|scope| {
        let walks: Vec<_> = (0..threads)
            .map(|thread| {
                let first = (thread * share).min(schedules);
                let count = share.min(schedules - first);
                scope.spawn(move || walk_some(seed.wrapping_add(first), count))
            })
            .collect();
        walks.into_iter().filter_map(|walks| walks.join().ok()).fold(Walked::default(), Walked::and)
    })
}

fn walk_some(seed: u64, schedules: u64) -> Walked {
    let mut walked = Walked::default();
    for number in 0..schedules {
        let seed = seed.wrapping_add(number);
        let mut dice = Dice::new(seed);
        let setting = busy(&mut dice);
        walked.schedules += 1;
        match walk(&setting, &mut dice) {
            Ok(steps) => {
                walked.steps += steps;
                walked.longest = walked.longest.max(steps);
            }
            Err((property, mut words)) => {
                words.insert(0, format!("{setting:?}"));
                walked.failed = Some((seed, property, words));
                break;
            }
        }
    }
    walked
}

impl Walked {
    fn and(self, other: Self) -> Self {
        Self {
            schedules: self.schedules + other.schedules,
            steps: self.steps + other.steps,
            longest: self.longest.max(other.longest),
            failed: self.failed.or(other.failed),
        }
    }
}
