import NATSProtocol

/// Subjects: two lines are a subject and a pattern. Validation, matching and overlap against plain definitions.
enum SubjectsTarget: FuzzTarget {
    static let name = "subjects"
    static let byteCountMax = 256

    static func run(_ input: Span<UInt8>) throws(FuzzFinding) {
        let lines = [UInt8](copying: input).split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let first = Array(lines[0])
        let second = lines.count > 1 ? Array(lines[1]) : first
        for subject in [first, second] { try expectValidation(subject) }
        try expectMatching(first, second)
        try expectMatching(second, first)
        try expectEqual(
            Subject.overlaps(first.span, second.span), Subject.overlaps(second.span, first.span), "overlap has two sides")
        try expectEqual(Subject.overlaps(first.span, second.span), overlap(first, second), "overlap")
    }

    private static func expectValidation(_ subject: [UInt8]) throws(FuzzFinding) {
        let (blank, tokens) = (subject.firstIndex { $0 <= 0x20 }, tokens(subject))
        let publish = SubjectValidation.validatePublish(subject.span)
        try expectEqual(publish == nil, !subject.isEmpty && blank == nil, "a subject to publish to")
        if let publish, !subject.isEmpty { try expectEqual(publish.offset, blank ?? -1, "the place of the blank") }
        let isSound = publish == nil && !tokens.contains([])
        let wildcards = tokens.indices.filter { tokens[$0] == star || tokens[$0] == full }
        try expectEqual(
            SubjectValidation.validateLiteral(subject.span) == nil, isSound && wildcards.isEmpty, "a literal subject")
        let isLast = !tokens.dropLast().contains(full)
        try expectEqual(
            SubjectValidation.validateSubscribe(subject.span) == nil, isSound && isLast, "a subject to subscribe to")
        try expectEqual(Subject.hasWildcards(subject.span), !wildcards.isEmpty, "wildcards")
        var buffer = ByteBuffer(minimumCapacity: 16)
        let isPublished = FrameEncoder.publishShort(subject: subject.span, payload: Span(), into: &buffer)
        try expectEqual(isPublished, blank == nil, "the check while a subject is copied")
    }

    private static func expectMatching(_ subject: [UInt8], _ pattern: [UInt8]) throws(FuzzFinding) {
        let matches = Subject.matches(subject.span, pattern: pattern.span)
        try expectEqual(matches, match(tokens(subject)[...], tokens(pattern)[...]), "matching")
        if SubjectValidation.validateLiteral(subject.span) == nil,
            SubjectValidation.validateSubscribe(pattern.span) == nil
        {
            try expectEqual(Subject.overlaps(subject.span, pattern.span), matches, "a literal overlaps what it matches")
        }
    }

    // MARK: - Definitions

    private static let star = Array("*".utf8)
    private static let full = Array(">".utf8)

    private static func tokens(_ subject: [UInt8]) -> [[UInt8]] {
        subject.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
    }

    private static func match(_ subject: ArraySlice<[UInt8]>, _ pattern: ArraySlice<[UInt8]>) -> Bool {
        guard let wanted = pattern.first else { return subject.isEmpty }
        guard let token = subject.first, !token.isEmpty, !wanted.isEmpty else { return false }
        if wanted == full { return pattern.count == 1 && !subject.contains([]) }
        return (wanted == star || wanted == token) && match(subject.dropFirst(), pattern.dropFirst())
    }

    private static func overlap(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        overlap(tokens(first)[...], tokens(second)[...])
    }

    private static func overlap(_ first: ArraySlice<[UInt8]>, _ second: ArraySlice<[UInt8]>) -> Bool {
        guard let left = first.first, let right = second.first else { return first.isEmpty && second.isEmpty }
        guard !left.isEmpty, !right.isEmpty else { return false }
        if left == full || right == full {
            return (left != full || first.count == 1) && (right != full || second.count == 1) && !first.contains([])
                && !second.contains([])
        }
        return (left == star || right == star || left == right) && overlap(first.dropFirst(), second.dropFirst())
    }
}
