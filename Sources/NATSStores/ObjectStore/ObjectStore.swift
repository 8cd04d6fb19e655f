import NATSClient
internal import NATSProtocol

/// A bucket of objects of any size, kept in a stream: chunks of bytes, and for each object a record that says which chunks are its.
///
///     let objects = try await nats.jetStream().objectStore("files", create: .init())
///     try await objects.put("report.pdf", fromFile: "report.pdf")
///     for try await chunk in try await objects.chunks("report.pdf") { … }
///     let head = try await objects.get("report.pdf", range: 0..<1024)
///
/// A value without state of its own: copying one shares nothing but the connection. An object is there as a whole or not at all: its
/// record is stored behind its last chunk, and what it replaces is removed behind that. Memory is bounded by
/// ``ObjectPutOptions/windowBytes`` and ``ObjectGetOptions/windowBytes``, whatever the size.
///
/// Single calls have the deadline of ``JetStream/timeout``. Puts and gets of many chunks have none in all, but one for each step, and
/// outlive reconnects and changes of leaders. Names are any text that isn't empty.
///
/// Source: ADR-20.
public struct ObjectStore: Sendable {
    /// The bucket's name.
    public let bucket: String
    /// The stream that holds the bucket.
    public let stream: JetStream.Stream

    var jetStream: JetStream { stream.jetStream }
    var concerns: String { "object store '\(bucket)'" }

    static let streamPrefix = "OBJ_"
}

// MARK: - Subjects

extension ObjectStore {
    /// What stands before an object's name, in base 64, in the subject of its record.
    var recordPrefix: String { "$O.\(bucket).M." }
    /// What stands before the id of an object's bytes in the subject of its chunks.
    var chunkPrefix: String { "$O.\(bucket).C." }

    /// Where the record of an object is.
    func recordSubject(of name: String) throws(NATSError) -> String {
        guard !name.isEmpty, name.utf8.count <= Self.nameBytesMaximum else {
            throw NATSError(
                .invalidObjectName, "an object's name has 1 to \(Self.nameBytesMaximum) bytes of UTF-8, not \(name.utf8.count)")
        }
        return recordPrefix + Base64.encode(name.utf8Span.span, .paddedURL)
    }

    /// Where the chunks of an object are. An id comes from whoever has put the object: one that isn't a token could be a pattern, and one
    /// with slashes a path.
    func chunkSubject(_ id: String) throws(NATSError) -> String {
        let isToken =
            !id.isEmpty && id.utf8.count <= 255
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: ">"), UInt8(ascii: "/"): false
                default: byte > 0x20 && byte < 0x7F
                }
            }
        guard isToken else { throw NATSError(.objectDamaged, "the record of an object has an id that can't be one") }
        return chunkPrefix + id
    }

    /// In base 64 such a name still fits into the line of a command, of which servers take 4 KiB.
    private static let nameBytesMaximum = 2048

    static func bucket(ofStream name: String) -> String? {
        guard name.hasPrefix(streamPrefix) else { return nil }
        return String(name.dropFirst(streamPrefix.count))
    }
}
