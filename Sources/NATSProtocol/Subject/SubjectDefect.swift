/// Why a subject, a queue group name or an inbox prefix can't be used.
public struct SubjectDefect: Error, Hashable, Sendable {
    /// What is wrong with the subject. More may be added: keep a default when you switch.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// There is no byte at all.
        case empty
        /// A space, a tab, a line end or another control byte. On the wire it would end the subject, and what comes
        /// after it would be read as something else.
        case blank
        /// Nothing before the first dot, after the last one, or between two.
        case emptyToken
        /// `*` or `>` where only a literal subject makes sense.
        case wildcard
        /// `>` before the last token.
        case fullWildcardNotLast
        /// More bytes than a received message can represent.
        case tooLong
    }

    /// What is wrong.
    public let kind: Kind
    /// The offset of the first byte that is wrong, in UTF-8 bytes.
    public let offset: Int

    package init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension SubjectDefect: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .empty: "it is empty"
        case .blank: "it has a blank or control character at byte \(offset)"
        case .emptyToken:
            "it has an empty token at byte \(offset): a dot at the beginning, at the end or after another dot"
        case .wildcard: "it has a wildcard at byte \(offset), where only a literal subject is possible"
        case .fullWildcardNotLast: "it has \">\" at byte \(offset), which only the last token may be"
        case .tooLong: "it has more than \(offset) bytes"
        }
    }
}
