/// The beginning of a publish, encoded once: what a publisher for one subject writes a million times.
///
/// `PUB subject ` is the tail of `HPUB subject `, so one run of bytes serves both.
@usableFromInline
package struct PublishPrefix: Sendable, Hashable {
    @usableFromInline internal let bytes: [UInt8]

    /// Encodes the beginning for `subject`, which the caller has validated.
    package init(subject: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(subject.utf8.count + 6)
        bytes.append(contentsOf: "HPUB ".utf8)
        bytes.append(contentsOf: subject.utf8)
        bytes.append(0x20)
        self.bytes = bytes
    }

    @inlinable package var subjectCount: Int { bytes.count &- 6 }

    /// `PUB subject `
    @inlinable
    package var publish: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(droppingFirst: 1) }
    }

    /// `HPUB subject `
    @inlinable
    package var headerPublish: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span }
    }

    /// The subject alone.
    @inlinable
    package var subject: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(5..<bytes.count &- 1) }
    }
}
