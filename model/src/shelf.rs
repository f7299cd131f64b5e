//! What a platform keeps, by number: in the order of their making, or with a row of numbers for
//! each thing that a person has written.

/// How many numbers a thing has, where each has its own.
pub const ROW: u8 = 16;

/// Comments or messages by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shelf<T>(Vec<(u8, T)>);

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Shelf<T> {
    /// Puts one more there, with the next number of its row; all are in one without a thing.
    pub fn add(&mut self, thing: Option<u8>, one: T) -> u8 {
        let (first, end) = thing.map_or((0, u8::MAX), |thing| (thing * ROW, (thing + 1) * ROW));
        let place = self.0.partition_point(|(id, _)| *id < end);
        let before = place.checked_sub(1).and_then(|place| self.0.get(place)).map(|(id, _)| *id);
        let id = before.filter(|id| *id >= first).map_or(first, |id| id + 1);
        self.0.insert(place, (id, one));
        id
    }

    /// The one of that number.
    pub fn get(&self, id: u8) -> Option<&T> {
        self.0.iter().find(|(one, _)| *one == id).map(|(_, one)| one)
    }

    /// The one of that number.
    pub fn get_mut(&mut self, id: u8) -> Option<&mut T> {
        self.0.iter_mut().find(|(one, _)| *one == id).map(|(_, one)| one)
    }

    /// All of them with their numbers, in order.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = (u8, &T)> {
        self.0.iter().map(|(id, one)| (*id, one))
    }

    /// All of them with their numbers, in order.
    pub fn all_mut(&mut self) -> impl Iterator<Item = (u8, &mut T)> {
        self.0.iter_mut().map(|(id, one)| (*id, one))
    }

    /// Takes away what is not to stay.
    pub fn retain(&mut self, stays: impl Fn(u8) -> bool) {
        self.0.retain(|(id, _)| stays(*id));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
