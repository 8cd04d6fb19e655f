// Unsafe file: hands the addresses of spans to the byte functions of CNATSBytes.
// Invariant: every function below checks that the bytes it lets C read lie inside the span.

public import CNATSBytes

extension Span<UInt8> {
    /// How the bytes at an offset compare with a word.
    @usableFromInline
    internal enum WordMatch {
        case whole
        /// The span ends within the word, and agrees with it until there.
        case cutOff
        case different
    }

    /// Compares the bytes at `start` with `word`.
    @usableFromInline
    internal func matches(_ word: StaticString, at start: Int) -> WordMatch {
        guard start >= 0, start <= count else { return .different }
        let available = Swift.min(count &- start, word.utf8CodeUnitCount)
        for index in 0..<available where unsafe self[start &+ index] != word.utf8Start[index] { return .different }
        return available == word.utf8CodeUnitCount ? .whole : .cutOff
    }

    /// Where the first CR or LF at or after `start` is; `count` when there is none.
    @usableFromInline
    internal func firstLineEnd(from start: Int) -> Int {
        guard start >= 0, start < count else { return count }
        return unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe start &+ cnatsbytes_first_line_end(base + start, bytes.count &- start)
        }
    }

    /// Where the first byte up to and including the space (0x00...0x20) is; `count` when there is none.
    @inlinable
    internal var firstBlank: Int {
        unsafe withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe cnatsbytes_first_blank(base, bytes.count)
        }
    }
}

extension String {
    /// The bytes as text; what isn't UTF-8 becomes U+FFFD.
    package init(repairing bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
