// SPDX-License-Identifier: Apache-2.0
// Reads slewd's segments by the clients of ClockBound, versions 2 and 3, and prints one line for
// each reading: version, status, earliest, wall clock before, wall clock after, latest (ns). With
// --cost N it prints the time of a reading and of clock_gettime instead.
use std::time::{Duration, Instant};

use clock_bound_client::ClockBoundClient;
use nix::sys::time::TimeSpec;
use nix::time::{clock_gettime, ClockId};

fn nanoseconds(time: &TimeSpec) -> i128 {
    i128::from(time.tv_sec()) * 1_000_000_000 + i128::from(time.tv_nsec())
}

fn wall() -> i128 {
    nanoseconds(&clock_gettime(ClockId::CLOCK_REALTIME).expect("CLOCK_REALTIME"))
}

// ns of one call, the least of several rounds.
fn cost(rounds: u32, mut call: impl FnMut()) -> f64 {
    let calls = 100_000;
    (0..rounds)
        .map(|_| {
            let begin = Instant::now();
            (0..calls).for_each(|_| call());
            begin.elapsed().as_nanos() as f64 / f64::from(calls)
        })
        .fold(f64::INFINITY, f64::min)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = &arguments[1];
    let readings: u32 = arguments[3].parse().expect("a number");
    let mut second = ClockBoundClient::new_with_path(&format!("{folder}/shm0")).expect("shm0");
    let third = clock_bound::client::ClockBoundClient::new_with_path(&format!("{folder}/shm1"));
    if arguments[2] == "--cost" {
        println!("clock_gettime {:.1}", cost(readings, || { wall(); }));
        println!("version2 {:.1}", cost(readings, || { second.now().expect("now"); }));
        if let Ok(mut client) = third {
            println!("version3 {:.1}", cost(readings, || { client.now().expect("now"); }));
        }
        return;
    }
    let mut third = third.ok();
    for _ in 0..readings {
        let before = wall();
        let now = second.now().expect("now");
        println!("2 {:?} {} {before} {} {}", now.clock_status, nanoseconds(&now.earliest), wall(),
                 nanoseconds(&now.latest));
        if let Some(client) = third.as_mut() {
            let before = wall();
            let now = client.now().expect("now");
            println!("3 {:?} {} {before} {} {}", now.clock_status, nanoseconds(&now.earliest),
                     wall(), nanoseconds(&now.latest));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
