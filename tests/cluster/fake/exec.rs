//! exec over WebSocket, protocols v4 and v5: answers on order instead of processes.

use futures::{SinkExt as _, StreamExt as _};
use hyper::body::Incoming;
use hyper::header::{
    CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::Body;
use super::refusal::Refusal;

/// What a command does. A command without an answer is one whose binary is missing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) code: i32,
    /// What comes in goes out again, until the input is closed or that many bytes have come.
    pub(crate) echo: usize,
    /// The connection ends without a status.
    pub(crate) silent: bool,
}

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
/// Of v5: the stream whose number follows is closed.
const CLOSE: u8 = 255;

/// Switches protocols and serves the answer in a task of its own.
pub(crate) fn upgrade(
    mut request: Request<Incoming>,
    command: &[String],
    answer: Option<Answer>,
) -> Result<Response<Body>, Refusal> {
    let offered =
        request.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let spoken = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
    let protocol = offered.split(',').map(str::trim).find_map(|offer| spoken.into_iter().find(|known| *known == offer));
    let key = request.headers().get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let (Some(protocol), Some(key)) = (protocol, key) else {
        return Err(Refusal::new(400, "BadRequest", "Upgrade request required"));
    };
    let name = command.first().cloned().unwrap_or_default();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(connection) = upgraded.await {
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(connection), Role::Server, None).await;
            // A client that goes away ends its exec.
            drop(serve(socket, &name, answer).await);
        }
    });
    let mut response = Response::new(super::full(Vec::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    if let Ok(key) = HeaderValue::from_str(&key) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, key);
    }
    Ok(response)
}

type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

async fn serve(
    mut socket: Socket,
    name: &str,
    answer: Option<Answer>,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let status = match answer {
        None => missing(name),
        Some(answer) => {
            for (channel, bytes) in [(STDOUT, &answer.stdout), (STDERR, &answer.stderr)] {
                for part in bytes.chunks(32 * 1024) {
                    send(&mut socket, channel, part).await?;
                }
            }
            let mut echoed = 0;
            while echoed < answer.echo {
                let Some(message) = socket.next().await else { return Ok(()) };
                match message?.into_data().split_first() {
                    Some((&STDIN, bytes)) => {
                        echoed += bytes.len();
                        send(&mut socket, STDOUT, bytes).await?;
                    }
                    Some((&CLOSE, [STDIN])) => break,
                    _ => {}
                }
            }
            if answer.silent {
                return Ok(());
            }
            ended(answer.code)
        }
    };
    send(&mut socket, ERROR, status.to_string().as_bytes()).await?;
    socket.close(None).await?;
    // The client answers the close before the connection may end.
    while let Some(message) = socket.next().await {
        message?;
    }
    // TLS has an end of its own.
    Ok(socket.into_inner().shutdown().await?)
}

async fn send(socket: &mut Socket, channel: u8, bytes: &[u8]) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut message = vec![channel];
    message.extend_from_slice(bytes);
    socket.send(Message::binary(message)).await
}

fn ended(code: i32) -> Value {
    match code {
        0 => json!({"metadata": {}, "status": "Success"}),
        code => json!({"metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
            "message": format!("command terminated with non-zero exit code: exit status {code}"),
            "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]}}),
    }
}

fn missing(name: &str) -> Value {
    let message = format!(
        "Internal error occurred: error executing command in container: failed to exec in container: exec: \"{name}\": executable file not found in $PATH"
    );
    json!({"metadata": {}, "status": "Failure", "reason": "InternalError", "message": message, "code": 500,
        "details": {"causes": [{"message": message}]}})
}
