/// What was asked for and hasn't come: one entry for each request, oldest first.
///
/// Messages don't say for which request they are, and the server serves requests in turns (`waitQueue.pop` in nats-server's
/// `server/consumer.go`): what was left of a request is known when a status ends it, and not before. Until then messages count as
/// those of the oldest requests. So the sums are right, and when the time of a request is over that still has something here, the
/// status of that request or of an older one was lost.
///
/// Whatever is left of a request's bytes when its last message came is nobody's any more, so entries can't be summed up.
struct PullCredit: Sendable {
    private struct Entry {
        let serial: UInt64
        var messages: Int
        var bytes: Int
        /// When the server has answered for certain.
        let expiry: Timestamp
    }

    private var entries: [Entry] = []
    private(set) var messages = 0
    /// 0 when bytes aren't bounded.
    private(set) var bytes = 0

    var isEmpty: Bool { entries.isEmpty }

    mutating func add(_ serial: UInt64, messages: Int, bytes: Int, expiry: Timestamp) {
        entries.append(Entry(serial: serial, messages: messages, bytes: bytes, expiry: expiry))
        self.messages &+= messages
        self.bytes &+= bytes
    }

    /// Messages came. When they are of several requests, each gets its share of the bytes.
    mutating func received(messages count: Int, bytes: Int) {
        var count = count
        var bytes = bytes
        while count > 0, let first = entries.first {
            let taken = min(count, first.messages)
            let share = taken == count ? bytes : bytes / count &* taken
            count &-= taken
            bytes &-= share
            messages &-= taken
            if taken == first.messages {
                self.bytes &-= first.bytes
                entries.removeFirst()
            } else {
                let used = min(share, first.bytes)
                entries[0].messages &-= taken
                entries[0].bytes &-= used
                self.bytes &-= used
            }
        }
    }

    /// The server won't serve that request any more, and says how much of it was left; nil: it doesn't say. False: nothing follows
    /// from that.
    mutating func end(_ serial: UInt64, messagesLeft: Int?, bytesLeft: Int?) -> Bool {
        let index = entries.firstIndex { $0.serial == serial }
        let entry = index.map { entries.remove(at: $0) }
        let counted = (messages: entry?.messages ?? 0, bytes: entry?.bytes ?? 0)
        messages &-= counted.messages
        bytes &-= counted.bytes
        let left = (messages: messagesLeft ?? counted.messages, bytes: bytesLeft ?? counted.bytes)
        if left.messages > counted.messages {
            // Others got what counted as this one's.
            received(messages: left.messages &- counted.messages, bytes: max(0, left.bytes &- counted.bytes))
        } else if !entries.isEmpty {
            // This one got what counted as the others'. The newest has it the longest, so none is given up too early.
            let last = entries.count &- 1
            let surplus = (messages: counted.messages &- left.messages, bytes: max(0, counted.bytes &- left.bytes))
            entries[last].messages &+= surplus.messages
            entries[last].bytes &+= surplus.bytes
            messages &+= surplus.messages
            bytes &+= surplus.bytes
        }
        return entry != nil || left.messages > 0
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        messages = 0
        bytes = 0
    }

    /// When the first request should have been answered.
    var expiry: Timestamp {
        var earliest = Timestamp.distantFuture
        for entry in entries { earliest = min(earliest, entry.expiry) }
        return earliest
    }
}
