use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::NetError;
use crate::reach::Reach;
use crate::resolve::resolve;

/// Who is there answers at once on a local network; the next attempt of the
/// kernel would come after a second.
const LOCAL_WITHIN: Duration = Duration::from_millis(900);

/// Connects to the first address of the host that answers. The addresses that
/// were found allowed are those that are connected to: a name that means
/// another address a moment later gains nothing.
pub(crate) async fn connect(host: &str, port: u16, reach: Reach) -> Result<TcpStream, NetError> {
    let mut failure = NetError::Name(format!("{host} has no address"));
    for address in reach.check(resolve(host).await?)? {
        let stream = TcpStream::connect((address, port));
        let stream = match reach {
            Reach::Anywhere | Reach::Public => stream.await.map_err(NetError::from),
            Reach::Private => match timeout(LOCAL_WITHIN, stream).await {
                Ok(stream) => stream.map_err(NetError::from),
                Err(_) => Err(NetError::Timeout { seconds: 1 }),
            },
        };
        match stream {
            Ok(stream) => {
                // Requests here are single small writes; waiting gains nothing.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}
