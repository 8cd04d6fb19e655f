/// What a watch tells, in the order in which it happened.
public enum KeyValueUpdate: Sendable {
    /// A revision: a value, or that a key was removed.
    case entry(KeyValueEntry)
    /// Everything that was there when the watch began has been told, also if it was nothing. Comes once, and again after a gap with
    /// ``KeyValueGap/isNewBucket``. What follows is new. A key that others overwrite faster than the watch is read may come behind it.
    case initialStateComplete
    /// Revisions may have been lost while the connection or the server was away: keys may have been removed without a word. What is
    /// kept by way of this watch should be compared with the bucket.
    case gap(KeyValueGap)

    /// The revision, if it is one.
    public var entry: KeyValueEntry? {
        if case .entry(let entry) = self { entry } else { nil }
    }
}

/// Where a watch may have missed something.
public struct KeyValueGap: Sendable, Hashable {
    /// The first revision that may be missing.
    public let fromRevision: UInt64
    /// The bucket was deleted and made anew, or restored: revisions count from elsewhere, and everything that is there now follows.
    /// False: what was overwritten or removed meanwhile is missing, and everything else follows.
    public let isNewBucket: Bool
}

/// What a watch tells, and how.
public struct KeyValueWatchOptions: Sendable {
    /// All kept revisions of each key at first, not only the last one. Default: false.
    public var includesHistory = false
    /// Nothing of what is there; only what follows. Default: false.
    public var isUpdatesOnly = false
    /// Removed keys aren't told. Default: false.
    public var ignoresDeletes = false
    /// Without values. Default: false.
    public var isMetaOnly = false
    /// Begins with this revision, and tells all kept ones from it on. Nil: as the other options say.
    public var fromRevision: UInt64?
    /// How long the server keeps the consumer behind the watch when nobody asks it any more, as after a crash. A watch of which nobody
    /// takes anything for so long is made anew by itself. Default: 30 s.
    public var inactiveThreshold: Duration = .seconds(30)
    /// How it is pulled: how many revisions may wait for the reader, and how often the server says that it is there.
    public var consume = ConsumeOptions()

    /// The last value of each key, and all that follows.
    public init() {}

    var deliverPolicy: ConsumerConfiguration.DeliverPolicy {
        if let fromRevision { return .fromSequence(max(1, fromRevision)) }
        if isUpdatesOnly { return .new }
        return includesHistory ? .all : .lastPerSubject
    }
}
