/// A set of few texts, in an array.
///
/// Not a `Set<String>`: the first one in a process makes Swift's runtime look through every conformance of the program,
/// which leaves some hundred KiB of it resident (`Docs/Performance.md`, Memory).
struct SortedTexts {
    private var texts: [String] = []

    init() {}

    init(_ texts: [String]) {
        for text in texts { insert(text) }
    }

    var count: Int { texts.count }

    func contains(_ text: String) -> Bool {
        let index = firstIndex(notBelow: text)
        return index < texts.count && texts[index] == text
    }

    /// False when it was there already.
    @discardableResult
    mutating func insert(_ text: String) -> Bool {
        let index = firstIndex(notBelow: text)
        if index < texts.count, texts[index] == text { return false }
        texts.insert(text, at: index)
        return true
    }

    private func firstIndex(notBelow text: String) -> Int {
        var range = 0..<texts.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = texts[middle] < text ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
