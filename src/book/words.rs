//! The closed vocabulary that rule pages, library pages and the engine share.
//!
//! Every word a page may use is an entry of one of these tables; any other stops the load.

/// Declares a closed set of words: an enum, its spelling, and a bit set over it.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident / $set:ident { $($(#[$entry_doc:meta])* $entry:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$entry_doc])* $entry,)+ }

        impl $name {
            /// Every word, in declaration order.
            pub const ALL: &[$name] = &[$($name::$entry,)+];

            /// The word as pages spell it.
            pub fn text(self) -> &'static str {
                match self { $($name::$entry => $text,)+ }
            }

            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$entry),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.text())
            }
        }

        /// A set of such words.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $set(pub u32);

        impl $set {
            pub const EMPTY: $set = $set(0);
            pub const fn of(words: &[$name]) -> $set {
                let (mut bits, mut at) = (0, 0);
                while at < words.len() {
                    bits |= 1 << words[at] as u32;
                    at += 1;
                }
                $set(bits)
            }
            pub const fn has(self, word: $name) -> bool { self.0 & (1 << word as u32) != 0 }
            pub const fn is_empty(self) -> bool { self.0 == 0 }
            #[must_use]
            pub const fn with(self, word: $name) -> $set { $set(self.0 | 1 << word as u32) }
            #[must_use]
            pub const fn without(self, word: $name) -> $set { $set(self.0 & !(1 << word as u32)) }
            #[must_use]
            pub const fn union(self, other: $set) -> $set { $set(self.0 | other.0) }
            pub const fn meets(self, other: $set) -> bool { self.0 & other.0 != 0 }
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |word| self.has(*word))
            }
        }
    };
}

words! {
    /// What the second actor of a race test does, where that is not another run of the same code.
    Rival / Rivals {
        /// Takes away what was looked at.
        Removes = "removes",
        /// Puts a link to something else in its place.
        Replaces = "replaces",
        /// Puts a link where there is nothing.
        Plants = "plants",
        /// Tries what it may do with it.
        Opens = "opens",
    }
}

words! {
    /// What an event is about.
    Noun / Nouns {
        /// `file(path)`: a name in the file system.
        File = "file",
        /// A `file` that is made or removed as a directory.
        Directory = "directory",
        /// `handle(of)`: an open file; no rule names it.
        Handle = "handle",
        /// `row(table, where)`.
        Row = "row",
        /// `key(store, name, part?)` of a key-value server.
        Key = "key",
        /// `object(bucket, name)`.
        Object = "object",
        /// `state(place, part?)`: plain memory of this process.
        State = "state",
        /// `entry(map, name)` in a concurrent map.
        Entry = "entry",
        /// `atomic(place)`.
        Atomic = "atomic",
        /// `lock(name)`.
        Lock = "lock",
        /// `transaction(client)`.
        Transaction = "transaction",
        /// `session(client)`: one connection held for a while.
        Session = "session",
        /// `delivery(id)`: a message that may come again.
        Delivery = "delivery",
        /// `outside(what)`: the world; mail, money, another service.
        Outside = "outside",
    }
}

impl Nouns {
    /// `stored`: what a server keeps by key.
    pub const STORED: Nouns = Nouns::of(&[Noun::Row, Noun::Key, Noun::Object]);
    /// Files and directories, which one path names alike.
    pub const FILES: Nouns = Nouns::of(&[Noun::File, Noun::Directory]);
}

words! {
    /// What an event does.
    Verb / Verbs {
        Exists = "exists",
        Inspect = "inspect",
        Read = "read",
        Count = "count",
        /// Makes what was absent.
        Create = "create",
        /// Creates or replaces.
        Write = "write",
        /// Changes what is there.
        Update = "update",
        Remove = "remove",
        /// Does something to the world that is not undone.
        Perform = "perform",
        /// Begins a hold.
        Take = "take",
        /// Ends a hold by equal key.
        Release = "release",
    }
}

impl Verbs {
    pub const LOOK: Verbs = Verbs::of(&[Verb::Exists, Verb::Inspect, Verb::Read, Verb::Count]);
    pub const CHANGE: Verbs = Verbs::of(&[Verb::Create, Verb::Write, Verb::Update, Verb::Remove]);
    /// `effect`: something on the world; `update` counts only with `relative`.
    pub const EFFECT: Verbs = Verbs::of(&[Verb::Perform, Verb::Create, Verb::Update]);
}

words! {
    /// What else is known of an event.
    Trait / Traits {
        /// Fails if the resource is there already.
        Exclusive = "exclusive",
        /// Compares inside the act.
        Conditional = "conditional",
        /// Computed by the store from its own value.
        Relative = "relative",
        /// Twice is once.
        Idempotent = "idempotent",
        /// Ends by itself.
        Expires = "expires",
        /// Repeats with an equal slot do nothing.
        Once = "once",
        /// Read mode of a lock.
        Shared = "shared",
        /// A hold within one process.
        Local = "local",
        /// Each call may use another connection.
        Pooled = "pooled",
    }
}

words! {
    /// Facts about a value.
    Adjective / Adjectives {
        /// Made here and not published: races with nothing.
        Fresh = "fresh",
        /// Other tasks can reach it.
        Published = "published",
        /// Dropped here.
        Ended = "ended",
        /// Raises unless true.
        Asserted = "asserted",
        /// The code goes on as if it had succeeded, and ends with a panic where it has not.
        Assumed = "assumed",
        /// A folder where anybody may make names.
        Common = "common",
        /// New in each run, and yet foreseen by whoever tries a few values: a time, a process id.
        Guessable = "guessable",
    }
}

words! {
    /// How a stretch of code runs.
    Region / Regions {
        /// Not awaited by its caller.
        Task = "task",
        /// Runs again for one intent: retry, submit, delivery.
        Attempt = "attempt",
        /// One process of many.
        Instance = "instance",
        Transaction = "transaction",
        Lock = "lock",
        Session = "session",
    }
}

words! {
    /// Why an act follows a check.
    Link / Links {
        /// A branch on the check's result decides whether the act runs.
        Control = "control",
        /// What the act writes is computed from the check's result.
        Data = "data",
        /// The read's own selection decides.
        Filter = "filter",
    }
}

words! {
    /// How the two keys must relate.
    Relation / Relations {
        Same = "same",
        Selects = "selects",
        Member = "member",
        Ancestor = "ancestor",
        Any = "any",
    }
}

words! {
    /// What must lie between check and act.
    Window / Windows {
        /// Nothing in particular.
        Statements = "statements",
        /// A point where other tasks run.
        Suspends = "suspends",
        /// A hold that covered the check ended and another began.
        Reholds = "reholds",
    }
}

words! {
    /// What the decision found, on the way to the act.
    Found / Founds {
        Absent = "absent",
        Present = "present",
    }
}

words! {
    Level / Levels {
        Off = "off",
        Note = "note",
        Warning = "warning",
        Error = "error",
    }
}

words! {
    /// What makes a pair harmless.
    Guard / Guards {
        Exclusive = "exclusive",
        Conditional = "conditional",
        Handled = "handled",
        Held = "held",
        Rechecked = "rechecked",
        Private = "private",
        /// Below a folder made here that nobody else may enter.
        Enclosed = "enclosed",
        Together = "together",
        Claimed = "claimed",
        Once = "once",
        Settled = "settled",
        /// Where the second act stays away, whoever comes next looks for that and does it.
        Mended = "mended",
    }
}

words! {
    /// What a resource is used as: inferred from structure and lexicon together.
    Role / Roles {
        Lock = "lock",
        Code = "code",
        Job = "job",
        Record = "record",
        Intent = "intent",
        Limit = "limit",
    }
}

words! {
    /// Isolation of a transaction; from weak to strong.
    Isolation / Isolations {
        /// Writes are sent together; reads see nothing of it.
        Batch = "batch",
        ReadCommitted = "read-committed",
        RepeatableRead = "repeatable-read",
        Snapshot = "snapshot",
        Serializable = "serializable",
    }
}

words! {
    /// Adjectives that a misuse rule tests.
    Freshness / Freshnesses {
        Constant = "constant",
        Fresh = "fresh",
        /// A path below a folder that is common to all, by names that others can foresee.
        Guessable = "guessable",
    }
}

words! {
    /// How the promise of a rule is published: the share of findings that must be true.
    Precision / Precisions {
        VeryHigh = "very-high",
        High = "high",
        Medium = "medium",
        Low = "low",
    }
}

words! {
    Status / Statuses {
        Preview = "preview",
        Stable = "stable",
        Deprecated = "deprecated",
    }
}

/// Fields of a resource that a rule may name; all others come from code. `value` is anything that
/// was asked of it beyond its being there, `whole` every field at once, changed or not.
pub const FIELDS: &[&str] = &[
    "presence", "value", WHOLE, "kind", "link", "owner", "mode", "size", "access", "target", "expiry",
    "version",
];

/// What a change writes that stores all of a row again.
pub const WHOLE: &str = "whole";
