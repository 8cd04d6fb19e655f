/// Servers that announced their end, and the one that a move goes to.
extension ServerPool {
    /// The current server announced its end, or took that back.
    mutating func noteLameDuck(_ isLameDuck: Bool) {
        guard let currentIndex else { return }
        entries[currentIndex].isLameDuck = isLameDuck
        entries[currentIndex].isUnannounced = false
    }

    /// A server that announced its end, left the announcements and came back into them was started again.
    mutating func noteAnnouncements(_ announced: SortedTexts, currentKey: String?) {
        for index in entries.indices where entries[index].isLameDuck {
            let key = entries[index].address.hostPort
            // A server that is about to end doesn't announce itself: its own INFO says nothing here.
            guard key != currentKey else { continue }
            if !announced.contains(key) {
                entries[index].isUnannounced = true
            } else if entries[index].isUnannounced {
                entries[index].isLameDuck = false
                entries[index].isUnannounced = false
            }
        }
    }

    var nomineeIndex: Int? { index(of: nomineeKey) }

    /// Chooses the server that a move goes to: one that isn't about to end, and for a lame duck never itself.
    /// Fresh credentials are fetched on the same server if it takes us, so that the servers' load stays as it is.
    mutating func nominate(for cause: MoveCause) -> Entry? {
        let currentKey = current?.address.hostPort
        let others = entries.filter { $0.address.hostPort != currentKey }
        let healthy = others.first { !$0.isLameDuck }
        let chosen: Entry? =
            switch cause {
            case .credentialsExpire where current?.isLameDuck == false && current?.failedMoves == 0: current
            case .lameDuck: Self.indexOfNext(in: others).map { others[$0] }
            case .credentialsExpire, .requested: healthy ?? current ?? others.first
            }
        nomineeKey = chosen?.address.hostPort
        return chosen
    }

    /// An attempt with the nominee failed. It goes to the end, and leaves if that was one too many; not the server in use.
    mutating func nomineeFailed(isAuthentication: Bool, maximumAttempts: Int?) {
        defer { nomineeKey = nil }
        guard let index = nomineeIndex else { return }
        guard index != currentIndex else {
            entries[index].failedMoves += 1
            return
        }
        let entry = countFailure(at: index, isAuthentication: isAuthentication)
        let currentKey = current?.address.hostPort
        entries.remove(at: index)
        if entry.failedAttempts < maximumAttempts ?? .max { entries.append(entry) }
        currentIndex = self.index(of: currentKey)
    }

    /// The nominee is the current server from now on.
    mutating func promoteNominee() {
        defer { nomineeKey = nil }
        if nomineeKey != nil, nomineeKey == current?.address.hostPort { return }
        let left = current
        retireCurrent()
        // It was kept for being the current one, though nobody announces it any more.
        if let left, !left.isExplicit, announced.count > 0, !announced.contains(left.address.hostPort) {
            entries.removeLast()
        }
        if let index = nomineeIndex { makeCurrent(at: index) }
    }
}
