/// Where an edit of a mutation applies in a source file.
package struct MutationSite {
    /// What the edit replaces.
    package let range: Range<String.Index>
    /// Whether whole lines or a `return` are replaced; otherwise it is an expression.
    package let isStatement: Bool

    /// - Throws: when the place isn't there exactly once. White space may differ.
    package init(of edit: Mutation.Edit, named name: String, in text: String) throws(MutationError) {
        let wanted = Self.words(edit.before) + Self.words(edit.original) + Self.words(edit.after)
        let firstReplaced = Self.words(edit.before).count
        let lastReplaced = firstReplaced + Self.words(edit.original).count - 1
        guard let first = wanted.first, lastReplaced >= firstReplaced else {
            throw MutationError(name, "replaces nothing in \(edit.path)")
        }
        let present = Self.ranges(ofWordsIn: text)
        var matches: [Int] = []
        for start in present.indices where text[present[start]] == first && start + wanted.count <= present.count {
            let isMatch = wanted.indices.allSatisfy { text[present[start + $0]] == wanted[$0] }
            if isMatch { matches.append(start) }
        }
        guard matches.count == 1, let start = matches.first else {
            throw MutationError(name, "applies \(matches.count) times in \(edit.path), not once")
        }
        range = present[start + firstReplaced].lowerBound..<present[start + lastReplaced].upperBound
        isStatement = Self.isWholeLines(range, of: text) || text[range].hasPrefix("return ")
    }

    /// What the compiler sees as one: names and numbers, and single signs.
    private static func words(_ text: String) -> [Substring] { ranges(ofWordsIn: text).map { text[$0] } }

    private static func ranges(ofWordsIn text: String) -> [Range<String.Index>] {
        var ranges: [Range<String.Index>] = []
        var index = text.startIndex
        while index < text.endIndex {
            let start = index
            if isNamePart(text[index]) {
                while index < text.endIndex, isNamePart(text[index]) { index = text.index(after: index) }
            } else {
                index = text.index(after: index)
                if text[start].isWhitespace { continue }
            }
            ranges.append(start..<index)
        }
        return ranges
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character == "_" || character.isLetter || character.isNumber
    }

    private static func isWholeLines(_ range: Range<String.Index>, of text: String) -> Bool {
        let lineBefore = text[..<range.lowerBound].suffix(while: { !$0.isNewline })
        let lineAfter = text[range.upperBound...].prefix(while: { !$0.isNewline })
        return lineBefore.allSatisfy(\.isWhitespace) && lineAfter.allSatisfy(\.isWhitespace)
    }
}

extension BidirectionalCollection {
    fileprivate func suffix(while isPart: (Element) -> Bool) -> SubSequence {
        var start = endIndex
        while start > startIndex, isPart(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
