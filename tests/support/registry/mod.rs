//! A registry on loopback that behaves, or misbehaves, as a test tells it to; it writes down every request.

#![allow(clippy::format_push_string, clippy::format_collect, reason = "speed is no matter here")]
#![allow(dead_code, reason = "each test binary uses its part")]

mod model;

#[allow(unused_imports, reason = "each test binary uses its part")]
pub(crate) use model::{INDEX, LIST, MANIFEST, Model, V2, digest};

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Method and path, for comparing.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) manner: Manner,
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it should be.
    Whole,
    /// Not at all: the connection stays open and silent until the test ends.
    Silence,
    /// The connection is cut instead.
    Cut,
    /// The body goes on for ever.
    Endless,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), manner: Manner::Whole }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", media_type)
    }

    /// A registry's error list.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        Self::new(status).body("application/json", format!(r#"{{"errors":[{{"code":"{code}","message":"told by the test"}}]}}"#))
    }

    pub(crate) fn manner(manner: Manner) -> Self {
        Self { manner, ..Self::new(200) }
    }
}

type Handler = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A server; dropping it ends it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    raw: Arc<Mutex<Vec<u8>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// A registry with the usual content.
    pub(crate) fn usual() -> Self {
        let model = Model::usual();
        Self::start(move |seen| model.answer(seen))
    }

    /// Answers every request by `handler`.
    pub(crate) fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::on(listener, handler)
    }

    pub(crate) fn on(listener: TcpListener, handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let address = listener.local_addr().unwrap();
        let (seen, raw, over) = (Arc::default(), Arc::default(), Arc::new(AtomicBool::new(false)));
        let shared = (Arc::clone(&seen), Arc::clone(&raw), Arc::clone(&over), Arc::new(handler) as Handler);
        let thread = std::thread::spawn(move || {
            let (seen, raw, over, handler) = shared;
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let (seen, raw, over, handler) = (Arc::clone(&seen), Arc::clone(&raw), Arc::clone(&over), Arc::clone(&handler));
                std::thread::spawn(move || serve(stream, &seen, &raw, &over, &handler));
            }
        });
        Self { address, seen, raw, over, thread: Some(thread) }
    }

    /// A server that only notes who comes.
    pub(crate) fn sink() -> Self {
        Self::start(|_| Reply::new(200).body("application/json", r#"{"token":"of-the-sink"}"#))
    }

    /// `host:port`, as it stands in a reference.
    pub(crate) fn domain(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests as `METHOD path`.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }

    /// The first bytes of every connection that sent no HTTP.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.raw.lock().unwrap().clone()
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        self.seen().iter().filter(|seen| seen.method == method).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Seen>>, raw: &Mutex<Vec<u8>>, over: &AtomicBool, handler: &Handler) {
    let Ok(mut write) = stream.try_clone() else { return };
    let _ = write.set_nodelay(true);
    let mut read = BufReader::new(stream);
    loop {
        let request = match read_request(&mut read) {
            Ok(Some(request)) => request,
            Ok(None) => return,
            Err(bytes) => {
                raw.lock().unwrap().extend(bytes);
                let _ = write.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return;
            }
        };
        seen.lock().unwrap().push(request.clone());
        let reply = handler(&request);
        match reply.manner {
            Manner::Cut => return,
            Manner::Silence => {
                while !over.load(Ordering::SeqCst) {
                    std::thread::park_timeout(std::time::Duration::from_millis(10));
                }
                return;
            }
            Manner::Whole | Manner::Endless => {}
        }
        let mut head = format!("HTTP/1.1 {} Told\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if reply.manner == Manner::Endless {
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
            let mut more = write.write_all(head.as_bytes()).is_ok() && request.method != "HEAD";
            let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
            while more && !over.load(Ordering::SeqCst) {
                more = write.write_all(&chunk).is_ok();
            }
            return;
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
        let mut bytes = head.into_bytes();
        if request.method != "HEAD" {
            bytes.extend(&reply.body);
        }
        if write.write_all(&bytes).is_err() {
            return;
        }
    }
}

/// A request; nothing at the end of the connection; the bytes when they are no HTTP.
fn read_request(read: &mut BufReader<TcpStream>) -> Result<Option<Seen>, Vec<u8>> {
    let first = read.fill_buf().map(<[u8]>::to_vec).unwrap_or_default();
    match first.first() {
        None => return Ok(None),
        Some(byte) if !byte.is_ascii_uppercase() => return Err(first),
        Some(_) => {}
    }
    let mut line = String::new();
    let mut next = || {
        line.clear();
        read.read_line(&mut line).ok().filter(|length| *length > 0).map(|_| line.trim_end().to_owned())
    };
    let Some(start) = next() else { return Ok(None) };
    let mut words = start.split(' ');
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut headers = BTreeMap::new();
    while let Some(header) = next().filter(|line| !line.is_empty()) {
        if let Some((name, value)) = header.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if read.read_exact(&mut body).is_err() {
        return Ok(None);
    }
    Ok(Some(Seen { method, path, headers, body: String::from_utf8_lossy(&body).into_owned() }))
}
