/// A header that can't be put on the wire. Thrown where the header is made, before anything is sent.
///
/// Source: ADR-4, which takes names and values from HTTP's field grammar.
public struct HeaderError: Error, Hashable, Sendable {
    /// What is wrong with the header. More may be added: keep a default when you switch.
    public enum Kind: Hashable, Sendable, CaseIterable {
        /// The name has no character.
        case emptyName
        /// The name has a byte outside of printable ASCII, a space or a colon.
        case invalidName
        /// The value has a CR or LF: it would begin another header.
        case invalidValue
    }

    /// What is wrong.
    public let kind: Kind
    /// The header's name, as it was given.
    public let name: String
    /// The offset of the first wrong byte in the name or in the value, in UTF-8 bytes.
    public let offset: Int

    package init(_ kind: Kind, name: String, offset: Int) {
        self.kind = kind
        self.name = name
        self.offset = offset
    }
}

extension HeaderError: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .emptyName:
            "a header has an empty name"
        case .invalidName:
            "the header name \"\(name)\" has a forbidden character at byte \(offset): "
                + "only printable ASCII without space and colon is possible"
        case .invalidValue:
            "the value of header \"\(name)\" has a line end at byte \(offset)"
        }
    }
}
