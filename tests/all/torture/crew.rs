//! The copies of the service that are killed: behind one address, on one database.

use std::collections::BTreeMap;
use std::time::Duration;

use threadline::config::Settings;
use threadline::points::Point;
use threadline::stage::{ServiceProcess, Stage};

use crate::service::{Place, Wire};

/// One copy.
struct Copy {
    place: Place,
    process: ServiceProcess,
    /// Where it is to die by itself.
    doom: Option<Point>,
}

/// All copies.
pub struct Crew {
    copies: Vec<Copy>,
    settings: Settings,
    log: tempfile::NamedTempFile,
    /// How often one died at which point.
    pub deaths: BTreeMap<&'static str, u32>,
}

impl Crew {
    /// Starts so many copies with these settings, and leads the wire to them.
    pub async fn start(replicas: u32, stage: &Stage, settings: Settings, wire: &Wire) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let mut crew = Self { copies: Vec::new(), settings, log, deaths: BTreeMap::new() };
        for _ in 0..replicas {
            let place = Place::reserve();
            let process = crew.launch(stage, &place, None);
            crew.copies.push(Copy { place, process, doom: None });
        }
        wire.lead_to(crew.copies.iter().map(|copy| copy.place.address()).collect());
        for copy in &mut crew.copies {
            copy.process.ready(super::world::PATIENCE).await.unwrap();
        }
        crew
    }

    fn launch(&self, stage: &Stage, place: &Place, doom: Option<(Point, u32)>) -> ServiceProcess {
        let program = env!("CARGO_BIN_EXE_threadline");
        let mut settings = self.settings.clone();
        settings.server.listen = place.address();
        let wish = doom.map(|(point, times)| ("THREADLINE_DIE_AT", format!("{}:{times}", point.word())));
        let variables: Vec<(&str, String)> = wish.into_iter().collect();
        let log = self.log.path();
        ServiceProcess::start_as(program.as_ref(), &["serve"], &variables, stage, &settings, log).unwrap()
    }

    /// Kills one copy, unless it has died at its point, and starts the next in its place. Every
    /// other one is doomed to die at a point of its own.
    pub async fn kill_one(&mut self, stage: &Stage) {
        let index = rand::random_range(0..self.copies.len());
        let doom = rand::random_ratio(1, 2).then(|| {
            let point = Point::ALL[rand::random_range(0..Point::ALL.len())];
            (point, rand::random_range(1..=3))
        });
        self.replace(index, stage, doom).await;
        self.revive(stage).await;
    }

    /// All copies start anew, and wait so long for an answer of a platform at most: a call that hangs
    /// is known for one soon. What the dead have left is taken over after such a lease.
    pub async fn be_impatient(&mut self, stage: &Stage, call: Duration, lease: Option<Duration>) {
        self.settings.relay.call_seconds = call.as_secs();
        if let Some(lease) = lease {
            self.settings.relay.lease_seconds = lease.as_secs();
        }
        for index in 0..self.copies.len() {
            self.replace(index, stage, None).await;
        }
        for copy in &mut self.copies {
            copy.process.ready(super::world::PATIENCE).await.unwrap();
        }
    }

    /// The only copy starts anew and is to die when it first comes to this point.
    pub async fn doom(&mut self, stage: &Stage, point: Point) {
        self.replace(0, stage, Some((point, 1))).await;
        self.copies[0].process.ready(super::world::PATIENCE).await.unwrap();
    }

    /// Waits until the only copy has died at its point.
    pub async fn until_dead(&mut self) {
        let deadline = tokio::time::Instant::now() + super::world::PATIENCE;
        while !self.copies[0].process.has_ended().unwrap() {
            let doom = self.copies[0].doom;
            assert!(tokio::time::Instant::now() < deadline, "it never came to {doom:?}\n{}", self.log_tail());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn replace(&mut self, index: usize, stage: &Stage, doom: Option<(Point, u32)>) {
        let mut old = self.copies.remove(index);
        if old.process.has_ended().unwrap() {
            let died_at = old.doom.map_or("the database was away", Point::word);
            *self.deaths.entry(died_at).or_default() += 1;
        } else {
            old.process.kill().await.unwrap();
        }
        let process = self.launch(stage, &old.place, doom);
        self.copies.insert(index, Copy { place: old.place, process, doom: doom.map(|(point, _)| point) });
    }

    /// Starts again what has ended by itself.
    async fn revive(&mut self, stage: &Stage) {
        for index in 0..self.copies.len() {
            if self.copies[index].process.has_ended().unwrap() {
                self.replace(index, stage, None).await;
            }
        }
    }

    /// From now on nobody is doomed, and everybody is ready.
    pub async fn be_well(&mut self, stage: &Stage) {
        for index in 0..self.copies.len() {
            if self.copies[index].doom.is_some() {
                self.replace(index, stage, None).await;
            }
        }
        self.revive(stage).await;
        for copy in &mut self.copies {
            copy.process.ready(super::world::PATIENCE).await.unwrap();
        }
    }

    /// The last lines of what the copies logged, but for what became of each event.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains(" DEBUG ")).collect();
        lines[lines.len().saturating_sub(50)..].join("\n")
    }

    /// The lines that contain this.
    pub fn logged(&self, part: &str) -> Vec<String> {
        self.log().lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap_or_default()
    }

    /// Kills everybody.
    pub async fn end(self) {
        for copy in self.copies {
            copy.process.kill().await.unwrap();
        }
    }
}
