/// Why a JSON text can't be read. Says nothing of the text itself, which may hold secrets.
package struct JSONError: Error, Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Not JSON by RFC 8259.
        case syntax
        /// Arrays and objects are nested more deeply than the reader's limit.
        case tooDeep
        /// A value of another type than the one that was asked for.
        case wrongType
        /// A number that the type which was asked for can't hold exactly, or that isn't finite.
        case outOfRange
        /// A text that isn't UTF-8.
        case invalidUTF8
    }

    package let kind: Kind
    /// The byte at which it was noticed.
    package let offset: Int

    package init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        let problem =
            switch kind {
            case .syntax: "not JSON"
            case .tooDeep: "nested too deeply"
            case .wrongType: "a value of another type"
            case .outOfRange: "a number out of range"
            case .invalidUTF8: "a text that isn't UTF-8"
            }
        return "\(problem) at byte \(offset)"
    }
}
