/// Subjects for replies: a prefix, a dot and a NUID.
package enum Inbox {
    /// The prefix unless a connection has its own.
    package static let defaultPrefix = "_INBOX"

    /// The prefix to use for a configured one: none means the default, and a final dot is dropped.
    ///
    /// Throws when it isn't a literal subject with sound tokens.
    package static func prefix(custom: String?) throws(SubjectDefect) -> String {
        guard var prefix = custom else { return defaultPrefix }
        if prefix.utf8.last == UInt8(ascii: ".") { prefix.unicodeScalars.removeLast() }
        if let defect = SubjectValidation.validateInboxPrefix(prefix.utf8Span.span) { throw defect }
        return prefix
    }

    /// A fresh inbox, `_INBOX.<nuid>`.
    package static func make(prefix: String = defaultPrefix, using generator: inout NUIDGenerator) -> String {
        var buffer = ByteBuffer(minimumCapacity: prefix.utf8.count &+ 1 &+ NUID.count)
        buffer.append(utf8: prefix)
        buffer.append(UInt8(ascii: "."))
        generator.next().append(to: &buffer)
        return String(repairing: buffer.span)
    }
}
