//! A fake API server on loopback with TLS: the part of the API that an install and a scan use, held in memory, with
//! faults on order. Its answers are compared with those of the real server (`walk.rs`).

pub(crate) mod access;
mod apply;
pub(crate) mod exec;
pub(crate) mod fault;
mod kinds;
mod refusal;
mod routes;
mod store;
mod verbs;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use kube::config::{AuthInfo, Config};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use self::access::Token;
use self::exec::Answer;
use self::fault::{Rule, Script};
use self::store::{Store, selected, text};

type Body = UnsyncBoxBody<Bytes, io::Error>;
type Error = Box<dyn std::error::Error + Send + Sync>;

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// The time, that many seconds from now, as the API writes it.
fn now(seconds: i64) -> String {
    let time = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    let time = time.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(time);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// All that requests share.
struct State {
    inner: Mutex<Inner>,
    /// The last version, for those who watch.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    store: Store,
    tokens: BTreeMap<String, Token>,
    faults: Script,
    answers: Vec<(Vec<String>, Answer)>,
    requests: Vec<String>,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server; it ends when this is dropped.
pub(crate) struct Fake {
    state: Arc<State>,
    task: JoinHandle<()>,
    address: String,
    certificate: Vec<u8>,
}

impl Fake {
    /// Listens on a free port of loopback, with the namespace `default` and nothing else in it.
    pub(crate) async fn start() -> Result<Self, Error> {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        let certificate = certified.cert.der().to_vec();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("https://{}", listener.local_addr()?);
        let state = Arc::new(State { inner: Mutex::default(), version: watch::Sender::new(0) });
        routes::namespace(&mut state.lock().store, "default");
        let task = tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(tls)), Arc::clone(&state)));
        Ok(Self { state, task, address, certificate })
    }

    /// How the administrator connects. Short timeouts keep the test of a hanging server short.
    pub(crate) fn config(&self) -> Result<Config, Error> {
        let mut config = Config::new(self.address.parse()?);
        config.root_cert = Some(vec![self.certificate.clone()]);
        config.auth_info = AuthInfo { token: Some(access::ADMIN.to_owned().into()), ..AuthInfo::default() };
        Ok(config)
    }

    /// Orders a fault.
    pub(crate) fn fault(&self, rule: Rule) {
        self.state.lock().faults.add(rule);
    }

    /// Says what a command does in every container.
    pub(crate) fn answer(&self, command: &[&str], answer: Answer) {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        self.state.lock().answers.push((command, answer));
    }

    /// Forgets the changes so far: who watches from before gets 410.
    pub(crate) fn compact(&self) {
        let store = &mut self.state.lock().store;
        store.compacted = store.version;
        store.changes.clear();
    }

    /// `KIND NAMESPACE/NAME` of all objects that a label selector picks; all for an empty one.
    pub(crate) fn dump(&self, labels: &str) -> Vec<String> {
        let inner = self.state.lock();
        let picked = inner.store.objects.iter().filter(|(_, object)| selected(object, labels, ""));
        picked.map(|((_, namespace, name), object)| format!("{} {namespace}/{name}", text(object, "/kind"))).collect()
    }

    /// Method and URI of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().requests.clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>) {
    // Connections end with the server: the set is dropped with this task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connection(stream, tls.clone(), Arc::clone(&state)));
        while connections.try_join_next().is_some() {}
    }
}

/// A second handle of the socket makes its end a reset: with a linger of zero, closing sends RST.
async fn connection(stream: TcpStream, tls: TlsAcceptor, state: Arc<State>) -> Result<(), Error> {
    let stream = stream.into_std()?;
    let handle = Arc::new(TcpStream::from_std(stream.try_clone()?)?);
    let stream = tls.accept(TcpStream::from_std(stream)?).await?;
    let service = hyper::service::service_fn(|request| {
        let (state, handle) = (Arc::clone(&state), Arc::clone(&handle));
        async move {
            let answer = routes::respond(&state, request).await;
            if answer.is_err() {
                handle.set_zero_linger()?;
            }
            answer
        }
    });
    let served = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    Ok(served.with_upgrades().await?)
}

/// Waits for `pause` or for the end of a future, whichever comes first.
async fn within<T>(pause: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(pause, future).await.ok()
}
