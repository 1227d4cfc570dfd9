//! The weight of each case: how much it matters that a receiver fails it. One table, so that all of it can be seen at once.

use std::fmt;

/// How much a failure matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// A forged, expired or repeated callback has an effect, or a real recording is lost.
    Must,
    /// Real callbacks are answered late or with an error, or a strange one makes the receiver stumble.
    Should,
    /// What no vendor sends. A strict receiver rejects it; a right one may not.
    Hardening,
    /// What the HTTP server below the receiver does; seldom the receiver's own code.
    Server,
}

impl Weight {
    /// Every weight, the heaviest first.
    pub const ALL: [Self; 4] = [Self::Must, Self::Should, Self::Hardening, Self::Server];

    /// A failure of this weight fails an audit.
    pub fn counts(self, strict: bool) -> bool {
        strict || matches!(self, Self::Must | Self::Should)
    }

    /// Explanation for a person.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Must => "forged, expired, repeated or lost callbacks; the life of a recording",
            Self::Should => "robust parsing, retries, answers in time",
            Self::Hardening => "what the vendor never sends; a strict receiver rejects it",
            Self::Server => "the HTTP server below the receiver",
        }
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Hardening => "hardening",
            Self::Server => "server",
        })
    }
}

/// Case ids of one weight.
struct WeightRow {
    weight: Weight,
    ids: &'static str,
}

/// Every case, once.
static ROWS: &[WeightRow] = &[
    WeightRow {
        weight: Weight::Must,
        ids: "A1 A2 A3 A4 A5 A6 A7 A8 A11 A11.b A12 A13 A16 A23 A25 A26 B29 B33 B41 B42 B43 C48 C49 C50.e C51 C52 C53 C54 C55 C56 C67 C68 C70.b C72.b \
              C74 C74.b C74.c C74.d C74.e C74.f C74.g C74.h C74.i C74.j C76 C78 C265 C265.b C266 D82 D83 D84 D87 F111.b G154.b I187 I188 M243 M244 M245 M246 M247 M248 M249 \
              M253 M254 M255 M256 F136.b M261 M264 M267",
    },
    WeightRow {
        weight: Weight::Should,
        ids: "A4.b A15 A17 A18 A19 A20 B28 B31 B31.b B33.b B34 B44 C50 C50.b C50.c C50.d C60.c C61 C69 C70 C79 C80 D85 D85.b D85.c \
              D85.d D85.e E89 E90 E91 E94 E95.b E96 E96.b E97 E98 E101 E102 E103 E104 E105 E108 E110 E110.b F114.c F123 F123.b \
              F125 F126 F131 F132 F135 G140.b G154 G155 G156 I183.b I191 K216 K218 M250 M257 M258 M259 M259.b M260 M262 M263",
    },
    WeightRow {
        weight: Weight::Hardening,
        ids: "A10 A21 A24 B27 B30 B32 B35 B35.b B36 B37 B38 B38.b B38.c B38.d B38.e B38.f B38.g B39 B39.b B40 B40.b B45 B46 B47 C57 \
              C57.b C58 C58.b C59 C60 C60.b C62 C62.b C63 C63.b C65 C66 C72 C74.k E92 E93 E94.b E95 E100 E106 E106.b E107 E109 F111 \
              F112 F113 F114 F114.b F115 F115.b F116 F117 F117.b F118 F118.b F119 F120 F121 F122 F124 F127 F128 F129 F133 F134 \
              F136 G137 G139 G141 M251 M252",
    },
    WeightRow {
        weight: Weight::Server,
        ids: "G138 G140 G142 G143 G144 G145 G146 G147 G148 G149 G150 G151 G152 G153 G157 H158 H159 H160 H161 H161.b H162 H162.b \
              H163 H163.b H164 H164.b H165 H166 H167 H168 H169 H169.b H170 H171 H172 H173 H174 H175 H176 H177 I178 I179 I180 \
              I181 I182 I183 I184 I185 I185.b I186 I189 I190 I192 I193 J194 J195 J196 J199 J201 J202 J210 J212 J215",
    },
];

/// The weight of a case. One that is not in the table weighs most, so that it cannot be overlooked.
pub(super) fn of(id: &str) -> Weight {
    let row = ROWS.iter().find(|row| row.ids.split_whitespace().any(|known| known == id));
    row.map_or(Weight::Must, |row| row.weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_weighed_once_and_nothing_else_is() {
        let mut weighed: Vec<&str> = ROWS.iter().flat_map(|row| row.ids.split_whitespace()).collect();
        let mut cases: Vec<&str> = crate::audit::cases().map(|case| case.id).collect();
        weighed.sort_unstable();
        cases.sort_unstable();
        // Two vendors may have a case of the same name.
        cases.dedup();
        assert_eq!(weighed, cases);
    }
}
