//! Facts about this machine.
