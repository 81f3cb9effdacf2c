//! Owns a registry that answers with whatever bytes it is given, and what is asked of the client that hears them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use transship::credentials::Credentials;
use transship::reference::Reference;
use transship::registry::{Ask, Client, Depth, Hosts, Limits, Outcome, Registry as _, Settings};

/// What ends the server.
const END: &[u8] = b"end";

/// Answers of a registry, cut at lines of dashes, one for each connection: what exists was said with a 200, and nothing fails.
pub(super) fn answers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let replies: Vec<&str> = text.split("\n-----\n").collect();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let place = listener.local_addr().unwrap();
    let domain = place.to_string();
    let limits = Limits {
        connect: Duration::from_millis(500),
        request: Duration::from_millis(500),
        tries: 1,
        pause: Duration::ZERO,
        max_wait: Duration::ZERO,
        ..Limits::default()
    };
    let plain_http = [domain.clone()].into_iter().collect();
    let settings = Settings { hosts: Hosts::only([domain.as_str()]), plain_http, limits, ..Settings::default() };
    let client = Client::new(settings, Arc::new(Credentials::none())).unwrap();
    let reference = Reference::parse(&format!("{domain}/a/b:1")).unwrap();
    let presence = std::thread::scope(|scope| {
        scope.spawn(|| serve(&listener, &replies));
        let asked = Ask { depth: Depth::Platforms, ..Ask::default() };
        let presence = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| client.presence(&reference, &asked)));
        let _ = TcpStream::connect(place).and_then(|mut end| end.write_all(END));
        presence
    });
    let presence = presence.unwrap();
    assert!(presence.outcome() != Outcome::Exists || text.contains("200"), "something exists that nobody said");
    assert!(!presence.reason().message.contains(['\u{1b}', '\n', '\r']), "{:?}", presence.reason().message);
}

fn serve(listener: &TcpListener, replies: &[&str]) {
    let mut replies = replies.iter();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let _ = stream.set_read_timeout(Some(Duration::from_millis(500)));
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap_or_default();
        if request.get(..length) == Some(END) {
            return;
        }
        // One without a line's end is made of lines as people type them in a file.
        let reply = replies.next().copied().unwrap_or_default();
        let reply = if reply.contains('\r') { reply.to_owned() } else { reply.replace('\n', "\r\n") };
        let _ = stream.write_all(reply.as_bytes());
    }
}
