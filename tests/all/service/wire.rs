//! A wire between two parties, that can be cut and mended: before several copies of the service
//! it spreads connections over those that answer; before a database it makes it go away.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use url::Url;

/// A listening address and what is behind it.
pub struct Wire {
    address: SocketAddr,
    ends: Arc<Ends>,
    listening: tokio::task::JoinHandle<()>,
}

struct Ends {
    targets: Mutex<Vec<SocketAddr>>,
    turn: AtomicUsize,
    /// Cancelled while the wire is cut; a new one for the time after.
    cut: Mutex<CancellationToken>,
}

impl Wire {
    /// A wire to any of these addresses, which may be changed later.
    pub async fn to(targets: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ends =
            Arc::new(Ends { targets: Mutex::new(targets), turn: AtomicUsize::new(0), cut: Mutex::default() });
        let listening = tokio::spawn({
            let ends = Arc::clone(&ends);
            async move {
                loop {
                    let Ok((caller, _)) = listener.accept().await else { return };
                    let ends = Arc::clone(&ends);
                    tokio::spawn(async move { ends.join(caller).await });
                }
            }
        });
        Self { address, ends, listening }
    }

    /// Where callers connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is behind it from now on, for new connections.
    pub fn lead_to(&self, targets: Vec<SocketAddr>) {
        *self.ends.targets.lock().unwrap() = targets;
    }

    /// Breaks every connection and takes no new one.
    pub fn cut(&self) {
        self.ends.cut.lock().unwrap().cancel();
    }

    /// Takes connections again.
    pub fn mend(&self) {
        *self.ends.cut.lock().unwrap() = CancellationToken::new();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.listening.abort();
    }
}

impl Ends {
    /// Passes everything on, both ways, to the first that answers, until somebody hangs up.
    async fn join(&self, mut caller: TcpStream) {
        let cut = self.cut.lock().unwrap().clone();
        if cut.is_cancelled() {
            return;
        }
        let Some(mut target) = self.connect().await else { return };
        let _ = (caller.set_nodelay(true), target.set_nodelay(true));
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut caller, &mut target) => {}
            () = cut.cancelled() => {}
        }
    }

    async fn connect(&self) -> Option<TcpStream> {
        let targets = self.targets.lock().unwrap().clone();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        for step in 0..targets.len() {
            if let Ok(target) = TcpStream::connect(targets[(turn + step) % targets.len()]).await {
                return Some(target);
            }
        }
        None
    }
}

/// An address of this machine that nobody else is given, whether somebody listens there or not: for
/// a service that goes down and comes up again, or a program that is yet to start.
pub struct Place {
    address: SocketAddr,
    /// Bound and never listening: whoever binds this very address may still listen there, and the
    /// system gives the port to nobody who asks for any, nor to a call that goes out.
    _held: TcpSocket,
}

impl Place {
    /// Reserves a port as long as this lives.
    pub fn reserve() -> Self {
        let held = TcpSocket::new_v4().unwrap();
        held.set_reuseaddr(true).unwrap();
        held.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        Self { address: held.local_addr().unwrap(), _held: held }
    }

    /// Where to listen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as callers write it.
    pub fn url(&self) -> Url {
        Url::parse(&format!("http://{}/", self.address)).unwrap()
    }
}
