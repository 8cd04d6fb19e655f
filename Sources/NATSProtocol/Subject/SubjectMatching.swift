extension Subject {
    /// `matches(_:pattern:)` on bytes.
    package static func matches(_ subject: Span<UInt8>, pattern: Span<UInt8>) -> Bool {
        var subjectTokens = SubjectTokens(of: subject)
        var patternTokens = SubjectTokens(of: pattern)
        while let wanted = patternTokens.next() {
            if wanted.isEmpty { return false }
            guard let token = subjectTokens.next(), !token.isEmpty else { return false }
            if isFullWildcard(pattern, wanted) {
                return wanted.upperBound == pattern.count && remainderIsSound(&subjectTokens)
            }
            if isSingleWildcard(pattern, wanted) { continue }
            if !isEqual(subject, token, pattern, wanted) { return false }
        }
        return subjectTokens.next() == nil
    }

    /// `overlaps(_:_:)` on bytes.
    package static func overlaps(_ first: Span<UInt8>, _ second: Span<UInt8>) -> Bool {
        var firstTokens = SubjectTokens(of: first)
        var secondTokens = SubjectTokens(of: second)
        while true {
            let (left, right) = (firstTokens.next(), secondTokens.next())
            guard let left, let right else { return left == nil && right == nil }
            if left.isEmpty || right.isEmpty { return false }
            let (isLeftFull, isRightFull) = (isFullWildcard(first, left), isFullWildcard(second, right))
            if isLeftFull || isRightFull {
                if isLeftFull && left.upperBound < first.count { return false }
                if isRightFull && right.upperBound < second.count { return false }
                return (isLeftFull || remainderIsSound(&firstTokens))
                    && (isRightFull || remainderIsSound(&secondTokens))
            }
            if isSingleWildcard(first, left) || isSingleWildcard(second, right) { continue }
            if !isEqual(first, left, second, right) { return false }
        }
    }

    /// `hasWildcards(_:)` on bytes.
    package static func hasWildcards(_ subject: Span<UInt8>) -> Bool {
        var tokens = SubjectTokens(of: subject)
        while let token = tokens.next() {
            if isFullWildcard(subject, token) || isSingleWildcard(subject, token) { return true }
        }
        return false
    }

    private static func isFullWildcard(_ subject: Span<UInt8>, _ token: Range<Int>) -> Bool {
        token.count == 1 && subject[token.lowerBound] == UInt8(ascii: ">")
    }

    private static func isSingleWildcard(_ subject: Span<UInt8>, _ token: Range<Int>) -> Bool {
        token.count == 1 && subject[token.lowerBound] == UInt8(ascii: "*")
    }

    private static func remainderIsSound(_ tokens: inout SubjectTokens) -> Bool {
        while let token = tokens.next() {
            if token.isEmpty { return false }
        }
        return true
    }

    private static func isEqual(
        _ first: Span<UInt8>, _ left: Range<Int>, _ second: Span<UInt8>, _ right: Range<Int>
    ) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count
        where first[left.lowerBound &+ index] != second[right.lowerBound &+ index] { return false }
        return true
    }
}
