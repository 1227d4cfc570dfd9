//! The connections of a thread.

use super::Time;
use super::under_way::CallbackUnderWay;
use crate::load::connection::ReceiverConnection;

/// All connections that a thread may have at once, by number.
pub(super) struct ConnectionPool {
    pub(super) all: Vec<OpenConnection>,
    /// Those that are open and have nothing to do.
    pub(super) idle: Vec<u32>,
    /// Those that are not connected.
    pub(super) closed: Vec<u32>,
}

/// A connection, and what is under way on it.
#[derive(Default)]
pub(super) struct OpenConnection {
    pub(super) connection: Option<ReceiverConnection>,
    pub(super) exchange: Option<CallbackUnderWay>,
    /// Since when it connects, or since when an answer is due.
    pub(super) since: Time,
    /// Start of an answer.
    pub(super) heard: Vec<u8>,
    /// It is among those that have nothing to do.
    pub(super) idle: bool,
    /// It carried an answer before.
    pub(super) used: bool,
}

impl ConnectionPool {
    /// So many, none of them connected.
    pub(super) fn closed(count: u32) -> Self {
        Self {
            all: (0..count).map(|_| OpenConnection::default()).collect(),
            idle: Vec::with_capacity(count as usize),
            closed: (0..count).rev().collect(),
        }
    }

    #[inline(always)]
    pub(super) fn get(&self, id: u32) -> Option<&OpenConnection> {
        self.all.get(id as usize)
    }

    #[inline(always)]
    pub(super) fn get_mut(&mut self, id: u32) -> Option<&mut OpenConnection> {
        self.all.get_mut(id as usize)
    }
}
