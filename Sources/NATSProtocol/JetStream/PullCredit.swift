/// What was asked for and hasn't come: one entry for each request, in the order in which the server serves them.
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

    /// The server won't serve that request any more. False: it was served, or given up before.
    @discardableResult
    mutating func remove(_ serial: UInt64) -> Bool {
        guard let index = entries.firstIndex(where: { $0.serial == serial }) else { return false }
        messages &-= entries[index].messages
        bytes &-= entries[index].bytes
        entries.remove(at: index)
        return true
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
