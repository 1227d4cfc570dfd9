//! Processors that do not sleep while a schedule is kept.
//!
//! A processor that has nothing to do is put to sleep, and takes a while to wake: microseconds on bare metal, and milliseconds
//! now and then on a virtual machine, whose host gives its core to others meanwhile. The system can be told to let them idle
//! awake instead: <https://docs.kernel.org/power/pm_qos_interface.html>. That costs power, not processor time of ours.

use std::os::fd::OwnedFd;

/// What asks for it as long as it is open, so that nothing is left behind however the process ends. Root may write it, and
/// whom the administrator of the machine lets.
pub const DEVICE: &str = "/dev/cpu_dma_latency";

/// The permission to keep processors awake, which ends with this: [`DEVICE`], open for writing. It asks for nothing yet.
#[derive(Debug)]
pub struct Awake(OwnedFd);

impl From<OwnedFd> for Awake {
    fn from(device: OwnedFd) -> Self {
        Self(device)
    }
}

impl Awake {
    /// Makes use of it.
    pub(super) fn keep(&self) {
        // In microseconds. A system that does not take it is one that lets processors sleep, as most do.
        let _ = rustix::io::write(&self.0, &0_i32.to_ne_bytes());
    }
}
