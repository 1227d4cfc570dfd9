//! A connection to the receiver that never waits: what cannot be written or read now is taken up at the next event.

use std::io::{self, ErrorKind, Read, Write};

use tokio_rustls::rustls::ClientConnection;

use super::os::{Control, Heard, Socket, System};
use super::route::Route;
use crate::stretch::Stretches;

/// A connection.
pub(super) struct ReceiverConnection {
    stream: Socket,
    tls: Option<Box<ClientConnection>>,
    open: bool,
    /// Bytes that the system has not taken yet.
    unsent: Vec<u8>,
}

impl ReceiverConnection {
    /// Begins to connect; an event of `id` tells when it came about. `stamped` = asks the system to say when something came.
    ///
    /// # Errors
    /// The system refuses at once.
    pub(super) fn begin(way: &Route, system: &System, id: u32, stamped: bool) -> io::Result<Self> {
        // Bytes inside TLS are not those that came.
        let stream = system.connect(way.address, id, stamped && way.tls.is_none())?;
        let tls = way.tls.as_ref().map(|(config, name)| {
            ClientConnection::new(config.clone(), name.clone()).map(Box::new).map_err(io::Error::other)
        });
        Ok(Self { stream, tls: tls.transpose()?, open: false, unsent: Vec::new() })
    }

    /// Goes on connecting. Whether requests can be sent now.
    ///
    /// # Errors
    /// It failed.
    pub(super) fn connected(&mut self) -> io::Result<bool> {
        if self.open {
            return Ok(true);
        }
        match self.stream.take_error()? {
            // It was taken, and an answer may have come before the reset.
            Some(error) if error.kind() == ErrorKind::ConnectionReset && self.tls.is_none() => {
                self.open = true;
                return Ok(true);
            }
            Some(error) => return Err(error),
            None => {}
        }
        if !self.stream.is_taken() {
            return Ok(false);
        }
        let Some(tls) = &mut self.tls else {
            self.open = true;
            return Ok(true);
        };
        while tls.is_handshaking() {
            let step = if tls.wants_write() {
                tls.write_tls(&mut self.stream)
            } else {
                let read = tls.read_tls(&mut self.stream);
                if matches!(read, Ok(0)) {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
                if read.is_ok() {
                    let processed = tls.process_new_packets().map_err(io::Error::other);
                    if processed.is_err() {
                        // The other side is told why, if it still listens.
                        let _ = tls.write_tls(&mut self.stream);
                    }
                    processed?;
                }
                read
            };
            match step {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        self.open = true;
        Ok(true)
    }

    /// True when it came about.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// Somebody took the connection, and it is not yet secure.
    pub(super) fn is_shaking(&self) -> bool {
        !self.open && self.tls.is_some() && self.stream.is_taken()
    }

    /// Sends a request.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) fn send(&mut self, request: &[u8]) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(request)?;
            return self.flush();
        }
        let written = match self.stream.write(request) {
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        self.unsent.extend_from_slice(request.stretch(written..));
        Ok(())
    }

    /// Sends what was not taken before.
    ///
    /// # Errors
    /// The connection is gone.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        loop {
            let written = match &mut self.tls {
                Some(tls) if tls.wants_write() => tls.write_tls(&mut self.stream),
                None if !self.unsent.is_empty() => self.stream.write(&self.unsent),
                _ => return Ok(()),
            };
            match written {
                Ok(written) if self.tls.is_none() => drop(self.unsent.drain(..written)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads what has come. `control` is room for what the system has to say of it.
    ///
    /// # Errors
    /// Nothing is there, or the connection is gone.
    pub(super) fn receive(&mut self, room: &mut [u8], control: &mut Control) -> io::Result<Heard> {
        let Some(tls) = &mut self.tls else { return self.stream.receive(room, control) };
        loop {
            match tls.reader().read(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                other => return other.map(|bytes| Heard { bytes, empty: false, at: None }),
            }
            if tls.read_tls(&mut self.stream)? == 0 {
                return Ok(Heard { bytes: 0, empty: true, at: None });
            }
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }
}
