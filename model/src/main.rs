//! Explores the relay protocol.
use std::time::Instant;
use stateright::{Checker, Model};
use threadline_model::setting::Setting;
fn main() {
    let only = std::env::args().nth(1);
    for setting in Setting::all() {
        if only.as_ref().is_some_and(|o| !setting.name.contains(o.as_str())) { continue }
        let t = Instant::now();
        let name = setting.name;
        let checker = setting.clone().checker().threads(2).timeout(std::time::Duration::from_secs(60)).finish_when(stateright::HasDiscoveries::AnyFailures).spawn_dfs().join();
        println!("{name}: {} states, {} unique, depth {}, {:.1}s done {}", checker.state_count(), checker.unique_state_count(), checker.max_depth(), t.elapsed().as_secs_f64(), checker.is_done());
        for (p, path) in checker.discoveries() {
            if p == "it comes to rest" { continue }
            let steps = path.into_vec();
            println!("  FAILS {p}: {} steps", steps.len());
            for (w, a) in &steps { if let Some(a) = a { println!("    {}", threadline_model::story::in_words(&setting, w, *a)); } }
            if let Some((w, _)) = steps.last() { println!("{w:#?}"); }
        }
    }
}
