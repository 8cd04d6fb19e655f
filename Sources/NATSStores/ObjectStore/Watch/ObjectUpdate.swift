/// What a watch of objects tells, in the order in which it happened.
public enum ObjectUpdate: Sendable {
    /// An object was put, changed, linked or deleted.
    case info(ObjectInfo)
    /// Everything that was there when the watch began has been told, also if it was nothing. Comes once, and again after a gap with
    /// ``ObjectGap/isNewBucket``. What follows is new.
    case initialStateComplete
    /// Changes may have been lost while the connection or the server was away: objects may have been renamed or have ended by age
    /// without a word. The last state of every object that is there is told.
    case gap(ObjectGap)

    /// What is known of the object, if it is about one.
    public var info: ObjectInfo? {
        if case .info(let info) = self { info } else { nil }
    }
}

/// Where a watch may have missed something.
public struct ObjectGap: Sendable, Hashable {
    /// The first revision that may be missing.
    public let fromRevision: UInt64
    /// The bucket was deleted and made anew, or restored: everything that is there now follows.
    public let isNewBucket: Bool
}

/// What a watch of objects tells, and how.
public struct ObjectWatchOptions: Sendable {
    /// All records that are kept, in their order; there is more than one of an object only when clients of other kinds have stored them.
    /// Default: false, the last one of each object.
    public var includesHistory = false
    /// Nothing of what is there; only what follows. Default: false.
    public var isUpdatesOnly = false
    /// Deleted objects aren't told. Default: false.
    public var ignoresDeletes = false
    /// How long the server keeps the consumer behind the watch when nobody asks it any more, as after a crash. A watch of which nobody
    /// takes anything for so long is made anew by itself. Default: 30 s.
    public var inactiveThreshold: Duration = .seconds(30)
    /// How it is pulled: how many records may wait for the reader, and how often the server says that it is there.
    public var consume = ConsumeOptions()

    /// The last record of each object, and all that follows.
    public init() {}

    var deliverPolicy: ConsumerConfiguration.DeliverPolicy {
        if isUpdatesOnly { return .new }
        return includesHistory ? .all : .lastPerSubject
    }
}
