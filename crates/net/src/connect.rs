use tokio::net::TcpStream;

use crate::NetError;
use crate::resolve::resolve;

/// Connects to the first address of the host that answers.
pub(crate) async fn connect(host: &str, port: u16) -> Result<TcpStream, NetError> {
    let mut failure = NetError::Name(format!("{host} has no address"));
    for address in resolve(host).await? {
        match TcpStream::connect((address, port)).await {
            Ok(stream) => {
                // Requests here are single small writes; waiting gains nothing.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = error.into(),
        }
    }
    Err(failure)
}
