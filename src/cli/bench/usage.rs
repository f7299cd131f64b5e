//! What a process has used, by the kernel's own account (`proc(5)`). Elsewhere than on Linux
//! nothing is known.

use std::time::Duration;

/// Clock ticks a second in `/proc/PID/stat`: the kernel's `USER_HZ`, 100 on every Linux.
const TICKS: u64 = 100;

/// Processor time of a process so far, in its own code and in the kernel for it.
pub(super) fn processor_time(process: u32) -> Option<Duration> {
    parse_stat(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// Resident memory in MiB.
pub(super) fn resident(process: u32) -> Option<f64> {
    parse_status(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

/// User and system time are fields 14 and 15; the second field, a name in brackets, may hold blanks.
fn parse_stat(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 1000 / TICKS))
}

fn parse_status(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_shift_the_fields() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194560 100 0 0 0 250 150 0 0 20 0 3 0 99 1 2";
        assert_eq!(parse_stat(stat), Some(Duration::from_secs(4)));
        assert_eq!(parse_stat("nonsense"), None);
    }

    #[test]
    fn resident_memory_is_in_mebibytes() {
        assert_eq!(parse_status("Name:\tx\nVmRSS:\t   20480 kB\n"), Some(20.0));
        assert_eq!(parse_status("Name:\tx\n"), None);
    }
}
