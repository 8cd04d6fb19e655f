// Unsafe file: lets C compare and keep bytes of a span.
// Invariant: every function below checks that the bytes it lets C read lie inside the span, and keeps 16 to 64 bytes.

public import CNATSBytes

/// What messages of one subscription to one subject have in common: the beginning of their control line.
///
/// Most messages come in runs. A line that begins like the last one is recognised by four comparisons of 16 bytes, and
/// only its sizes are read; that takes a third of the instructions of the general path. By content, not by place: what
/// was kept stays valid whatever happens to the bytes.
@safe
@usableFromInline
internal struct RepeatedLine: Sendable {
    /// `MSG subject sid ` or `HMSG subject sid `; a count of 0 means nothing.
    @usableFromInline internal var prefix = cnatsbytes_prefix()
    @usableFromInline internal var sid: UInt64 = 0
    /// 4 or 5.
    @usableFromInline internal var subjectOffset = 0
    @usableFromInline internal var subjectCount = 0

    @inlinable
    internal init() {}

    @inlinable internal var hasHeaders: Bool { subjectOffset == 5 }

    /// Where the sizes begin if the line at `start` repeats the kept one, with 16 readable bytes there; nil if not.
    @inlinable
    @inline(__always)
    internal func sizesStart(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        guard prefix.count > 0, start >= 0, bytes.count &- start >= prefix.count &+ 16 else { return nil }
        let repeats = unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return false }
            return unsafe withUnsafePointer(to: prefix) { unsafe cnatsbytes_repeats($0, base + start) }
        }
        return repeats ? start &+ prefix.count : nil
    }

    /// Keeps the line at `start`, whose sizes (or reply subject) begin at `end`, if it is of a size to be kept.
    @inlinable
    @inline(__always)
    internal mutating func keep(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, sid: UInt64, subjectOffset: Int, subjectCount: Int
    ) {
        let count = end &- start
        guard start >= 0, end <= bytes.count, count >= 16, count <= 64 else { return }
        unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            unsafe withUnsafeMutablePointer(to: &prefix) { unsafe cnatsbytes_keep_prefix($0, base + start, count) }
        }
        self.sid = sid
        self.subjectOffset = subjectOffset
        self.subjectCount = subjectCount
    }
}
