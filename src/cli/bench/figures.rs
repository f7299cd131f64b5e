//! What a benchmark found: as one JSON object, or as a table with the budgets beside it.

use std::fmt;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use super::load::Outcome;

/// The figures of `bench relay`. Times are milliseconds, memory is MiB.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Relays that were measured for throughput.
    pub(super) events: usize,
    /// Relays a second through the service.
    pub(super) relays_per_s: f64,
    /// Relays a second through the pass-through.
    pub(super) passthrough_per_s: f64,
    /// The first by the second.
    pub(super) ratio: f64,
    /// Events a second while latency was measured.
    pub(super) rate: f64,
    /// From the words to their copy, both ways together.
    #[serde(flatten)]
    pub(super) latency: Percentiles,
    /// The same through the pass-through: the platforms' own time, and the calls.
    pub(super) passthrough: Percentiles,
    /// The difference.
    pub(super) above: Percentiles,
    /// From a comment to its message.
    pub(super) comment_to_message: Percentiles,
    /// From a message to its comment.
    pub(super) message_to_comment: Percentiles,
    /// Seconds of processor time that the service takes for 1,000 relays, echoes included.
    pub(super) cpu_s_per_1000: f64,
    /// The same of the pass-through.
    pub(super) passthrough_cpu_s_per_1000: f64,
    /// Resident memory of the service after the load.
    pub(super) rss_mb: Option<f64>,
    /// Resident memory of the service when it has started and nothing happens.
    pub(super) idle_rss_mb: Option<f64>,
}

/// How long half, 95 and 99 of a hundred take at most, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Percentiles {
    #[serde(rename = "p50_ms")]
    pub(super) p50: f64,
    #[serde(rename = "p95_ms")]
    pub(super) p95: f64,
    #[serde(rename = "p99_ms")]
    pub(super) p99: f64,
}

impl Percentiles {
    /// The percentiles of these times.
    pub(super) fn of(times: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        // The nearest rank: the smallest time that so many of a hundred don't exceed.
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(rank).map_or(0.0, |time| tidy(time.as_secs_f64() * 1000.0))
        };
        Self { p50: at(50), p95: at(95), p99: at(99) }
    }

    fn above(self, other: Self) -> Self {
        Self {
            p50: tidy(self.p50 - other.p50),
            p95: tidy(self.p95 - other.p95),
            p99: tidy(self.p99 - other.p99),
        }
    }
}

/// Two digits behind the point: the rest is noise.
pub(super) fn tidy(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// The runs that the figures are made of.
pub(super) struct Runs {
    pub(super) service: Outcome,
    pub(super) passthrough: Outcome,
    pub(super) service_paced: Outcome,
    pub(super) passthrough_paced: Outcome,
    pub(super) rate: f64,
    pub(super) rss_mb: Option<f64>,
    pub(super) idle_rss_mb: Option<f64>,
}

impl Figures {
    pub(super) fn of(runs: Runs) -> Self {
        let both = |run: &Outcome| Percentiles::of(run.to_message.iter().chain(&run.to_comment).copied());
        let (latency, passthrough) = (both(&runs.service_paced), both(&runs.passthrough_paced));
        Self {
            events: runs.service.relays,
            relays_per_s: tidy(runs.service.rate()),
            passthrough_per_s: tidy(runs.passthrough.rate()),
            ratio: tidy(runs.service.rate() / runs.passthrough.rate()),
            rate: runs.rate,
            latency,
            passthrough,
            above: latency.above(passthrough),
            comment_to_message: Percentiles::of(runs.service_paced.to_message),
            message_to_comment: Percentiles::of(runs.service_paced.to_comment),
            cpu_s_per_1000: per_thousand(runs.service.processor, runs.service.relays),
            passthrough_cpu_s_per_1000: per_thousand(runs.passthrough.processor, runs.passthrough.relays),
            rss_mb: runs.rss_mb.map(tidy),
            idle_rss_mb: runs.idle_rss_mb.map(tidy),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of relays")]
fn per_thousand(time: Duration, relays: usize) -> f64 {
    tidy(time.as_secs_f64() * 1000.0 / relays.max(1) as f64)
}

/// Prints what was found: one JSON object, or a table.
pub(super) fn print(json: bool, figures: &(impl Serialize + fmt::Display)) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string(figures)? + "\n" } else { figures.to_string() };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// A budget, and whether it is kept.
pub(super) fn budget(kept: bool, text: &str) -> String {
    format!("{text}{}", if kept { "" } else { "  MISSED" })
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<36}{:>10}{:>14}{:>10}  budget", "", "service", "pass-through", "above")?;
        writeln!(
            f,
            "{:<36}{:>10.0}{:>14.0}{:>10}  {}",
            "relays a second",
            self.relays_per_s,
            self.passthrough_per_s,
            "",
            budget(self.ratio >= 0.5, &format!("ratio {:.2}, at least 0.50", self.ratio)),
        )?;
        let (all, bare, above) = (self.latency, self.passthrough, self.above);
        for (name, own, bare, above, limit) in [
            ("p50", all.p50, bare.p50, above.p50, Some(15.0)),
            ("p95", all.p95, bare.p95, above.p95, None),
            ("p99", all.p99, bare.p99, above.p99, Some(60.0)),
        ] {
            let label = format!("{name} at {} events/s, ms", self.rate);
            let limit = limit.map(|limit| budget(above <= limit, &format!("at most {limit} above")));
            let limit = limit.unwrap_or_default();
            writeln!(f, "{label:<36}{own:>10.1}{bare:>14.1}{above:>10.1}  {limit}")?;
        }
        for (name, way) in
            [("comment to message", self.comment_to_message), ("message to comment", self.message_to_comment)]
        {
            let label = format!("{name}, p50 / p99, ms");
            writeln!(f, "{label:<36}{:>10}", format!("{:.1} / {:.1}", way.p50, way.p99))?;
        }
        writeln!(
            f,
            "{:<36}{:>10.2}{:>14.2}",
            "processor seconds a 1,000 relays", self.cpu_s_per_1000, self.passthrough_cpu_s_per_1000
        )?;
        if let (Some(idle), Some(after)) = (self.idle_rss_mb, self.rss_mb) {
            let kept = budget(idle <= 40.0, "at most 40 idle");
            writeln!(
                f,
                "{:<36}{:>10}{:>14}{:>10}  {kept}",
                "memory idle / after, MiB",
                format!("{idle:.0} / {after:.0}"),
                "",
                ""
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times = (1..=200).map(Duration::from_millis);
        assert_eq!(Percentiles::of(times), Percentiles { p50: 100.0, p95: 190.0, p99: 198.0 });
        assert_eq!(Percentiles::of([]), Percentiles::default());
        let one = Percentiles::of([Duration::from_micros(1_234)]);
        assert_eq!(one, Percentiles { p50: 1.23, p95: 1.23, p99: 1.23 });
    }
}
