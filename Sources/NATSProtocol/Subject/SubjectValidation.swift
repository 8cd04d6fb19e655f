/// The rules for names on the wire, each one pass over the bytes. `nil` means that the name is fine.
///
/// Sources: nats-server `sublist.go` (`IsValidSubject`, `IsValidLiteralSubject`), ADR-4 and ADR-6.
@usableFromInline
package enum SubjectValidation {
    /// The most bytes that a subject may have: received lengths are 16-bit numbers.
    @inlinable package static var byteCountMax: Int { 65_535 }

    /// What must never pass on a publish or reply subject: emptiness, and every byte up to the space, since the
    /// server would read the rest of the subject as something else.
    ///
    /// Tokens aren't looked at. The server doesn't either, a publish to `a..b` just reaches nobody, and wildcards are
    /// literal there; `validateLiteral` is the strict form.
    @inlinable
    package static func validatePublish(_ subject: Span<UInt8>) -> SubjectDefect? {
        let blank = subject.firstBlank
        if blank == subject.count, blank &- 1 < byteCountMax, blank > 0 { return nil }
        return publishDefect(subject)
    }

    @usableFromInline
    @inline(never)
    internal static func publishDefect(_ subject: Span<UInt8>) -> SubjectDefect? {
        if subject.isEmpty { return SubjectDefect(.empty, offset: 0) }
        if subject.count > byteCountMax { return SubjectDefect(.tooLong, offset: byteCountMax) }
        let blank = subject.firstBlank
        return blank < subject.count ? SubjectDefect(.blank, offset: blank) : nil
    }

    /// A literal subject with sound tokens: what a prepared publisher or a request is given.
    package static func validateLiteral(_ subject: Span<UInt8>) -> SubjectDefect? {
        validateTokens(subject, allowingWildcards: false)
    }

    /// A subject to subscribe to: sound tokens, `*` and `>` as whole tokens, `>` only last.
    package static func validateSubscribe(_ subject: Span<UInt8>) -> SubjectDefect? {
        validateTokens(subject, allowingWildcards: true)
    }

    /// A queue group: one word. Dots and wildcard characters are ordinary bytes in it.
    package static func validateQueueGroup(_ name: Span<UInt8>) -> SubjectDefect? {
        publishDefect(name)
    }

    /// The beginning of inbox subjects: a literal subject, without the final dot.
    package static func validateInboxPrefix(_ prefix: Span<UInt8>) -> SubjectDefect? {
        validateLiteral(prefix)
    }

    private static func validateTokens(_ subject: Span<UInt8>, allowingWildcards: Bool) -> SubjectDefect? {
        if let defect = publishDefect(subject) { return defect }
        var tokens = SubjectTokens(of: subject)
        while let token = tokens.next() {
            if token.isEmpty { return SubjectDefect(.emptyToken, offset: token.lowerBound) }
            guard token.count == 1 else { continue }
            let byte = subject[token.lowerBound]
            guard byte == UInt8(ascii: "*") || byte == UInt8(ascii: ">") else { continue }
            if !allowingWildcards { return SubjectDefect(.wildcard, offset: token.lowerBound) }
            if byte == UInt8(ascii: ">"), token.upperBound < subject.count {
                return SubjectDefect(.fullWildcardNotLast, offset: token.lowerBound)
            }
        }
        return nil
    }
}
