use threadline_model::walk::walk_many;
fn main() {
    let t = std::time::Instant::now();
    let w = walk_many(1, 20000);
    println!("{} {} {} {:.1}", w.schedules, w.steps, w.longest, t.elapsed().as_secs_f64());
    if let Some((s, p, words)) = w.failed {
        println!("{s} {p}");
        for w in words {
            println!("  {w}")
        }
    }
}
