//! Mistakes of a receiver's store, and what helps: said of one finding, and of a case of the audit.

/// Advice that is said in several places.
macro_rules! advice {
    (ids) => {
        "keep ids as texts, every character of them: columns that are long enough, no numbers in between"
    };
    (own_id) => {
        "and not under that of the stream, the task or the broadcast, which several files share; see that the id keeps all its digits, and \
         that the list shows every entry, and not one page alone"
    };
    (every_event) => {
        "store those of every event that announces a file, or have the vendor send the other event no more"
    };
    (every_file) => {
        "read every file of a message that has several"
    };
    (one_store) => {
        "keep recordings where all processes look, such as in a database; or start one worker"
    };
    (list_ids) => {
        "keep the id, and list it with every character it has"
    };
    (list_all) => {
        "list every entry, without pages and limits; where the list is whole, let no file replace another one: store each under its own id; where it happens \
         only while several requests come at once, two of them write one file or list without a lock"
    };
    (release) => {
        "look in the receiver's own log for what it waits for: a lock that was not released, a connection that a pool lacks, its one worker"
    };
    (error_status) => {
        "answer what failed with status 500, so that it comes again; or say how the receiver refuses: --expect"
    };
    (log) => {
        "look in the receiver's own log for what went wrong after the answer"
    };
}

/// A mistake of a receiver's store.
pub struct StoreMistake {
    /// The mistake with what helps: the likely cause of a finding.
    pub cause: &'static str,
    /// Everything that helps.
    pub fix: &'static str,
}

/// It changes ids.
pub const CHANGES_IDS: StoreMistake = StoreMistake {
    cause: concat!("the store: it keeps ids in a form that changes them; ", advice!(ids)),
    fix: advice!(ids),
};

/// It keeps one of several files.
pub const SHARES_A_KEY: StoreMistake = StoreMistake {
    cause: concat!(
        "the store: several files share one key there, or the later one is ignored; store each file under its own id, ",
        advice!(own_id)
    ),
    fix: concat!("store each file under its own id, ", advice!(own_id)),
};

/// It keeps the files of one event.
pub const ONE_EVENT: StoreMistake = StoreMistake {
    cause: concat!(
        "the receiver stores the files that one event announces, and none of another event; ",
        advice!(every_event)
    ),
    fix: advice!(every_event),
};

/// It keeps one of the files of one message.
pub const READS_ONE_FILE: StoreMistake = StoreMistake {
    cause: concat!("the receiver reads one entry of a list of files; ", advice!(every_file)),
    fix: concat!(advice!(every_file), "; store each under its own id, ", advice!(own_id)),
};

/// Each process keeps its own.
pub const SEVERAL_STORES: StoreMistake = StoreMistake {
    cause: concat!(
        "the store: several processes (workers) of the receiver answer by turns, each with a memory of its own; ",
        advice!(one_store)
    ),
    fix: advice!(one_store),
};

/// Its entries do not hold the ids.
pub const WITHOUT_IDS: StoreMistake = StoreMistake {
    cause: concat!("the list: its entries do not hold the vendor's id of the file; ", advice!(list_ids)),
    fix: advice!(list_ids),
};

/// It shows fewer entries than before.
pub const DROPS_ENTRIES: StoreMistake = StoreMistake {
    cause: concat!("the list, or the store: new files push others out; ", advice!(list_all)),
    fix: advice!(list_all),
};

/// It answers no more.
pub const HANGS: StoreMistake = StoreMistake {
    cause: concat!("the receiver hangs, or ended; ", advice!(release)),
    fix: advice!(release),
};

/// It refuses in the body of an answer that says yes by its status.
pub const REFUSED_IN_BODY: StoreMistake = StoreMistake {
    cause: concat!(
        "the receiver refused the callback in the body of an answer with status 200: the vendor reads the status alone, and sends the file \
         never again; ",
        advice!(error_status)
    ),
    fix: advice!(error_status),
};

/// It keeps most files of a broadcast.
pub const SOME_LOST: StoreMistake = StoreMistake {
    cause: concat!(
        "the receiver answered with success, and stored other files and not this one, or not yet; ",
        advice!(log)
    ),
    fix: concat!(
        "store the file before you answer with success; ",
        advice!(log),
        ": a queue in memory or a full one, a worker that ended, a list that shows a limited number of entries"
    ),
};

/// It keeps nothing.
pub const NOTHING_STORED: StoreMistake = StoreMistake {
    cause: concat!(
        "the receiver answered with success, and stored nothing, or not yet (--state-within DURATION waits longer); ",
        advice!(log)
    ),
    fix: concat!(
        "store the file before you answer with success; ",
        advice!(log),
        "; where the first file is stored and later ones are not, the store's key is something that broadcasts share: store each file \
         under its own id"
    ),
};
