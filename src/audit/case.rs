//! One row of the catalogue.

/// One row of the catalogue, as a scenario.
pub struct Case {
    /// Its stable name: family and number, `C54`.
    pub id: &'static str,
    /// What is sent, in a few words.
    pub title: &'static str,
    /// The `faults:` of its scenario, as YAML in flow style: `[{expire: {by: 1s}}]`.
    pub faults: &'static str,
    /// Keys of the scenario that differ from the plain one (one push of two minutes, one file, its callback), each with its
    /// YAML in flow style: `("broadcast", "[{0s: push}, {80m: drop}]")`.
    pub keys: &'static [(&'static str, &'static str)],
    /// Providers it is for; empty = all.
    pub only: &'static [&'static str],
    /// What goes wrong in production where it is not held.
    pub why: &'static str,
    /// How to mend the receiver.
    pub cure: &'static str,
}

impl Case {
    /// A case of the plain scenario under these faults, for every provider.
    pub const fn new(
        id: &'static str,
        title: &'static str,
        faults: &'static str,
        why: &'static str,
        cure: &'static str,
    ) -> Self {
        Self { id, title, faults, keys: &[], only: &[], why, cure }
    }
}
