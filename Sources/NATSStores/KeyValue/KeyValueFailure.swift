import NATSClient

extension NATSError.Code {
    /// There is no such bucket.
    public static let bucketNotFound = Self("bucketNotFound")
    /// There is a bucket of this name, with another configuration.
    public static let bucketExists = Self("bucketExists")
    /// A bucket can't have this name.
    public static let invalidBucketName = Self("invalidBucketName")
    /// A key, or a pattern of keys, breaks the rules of ADR-8.
    public static let invalidKey = Self("invalidKey")
    /// The key was to be made, and is there.
    public static let keyExists = Self("keyExists")
    /// The key has another revision than the one that was expected.
    public static let wrongRevision = Self("wrongRevision")
    /// A codec can't encode or decode a key or value; ``NATSError/underlying`` is its error.
    public static let codecFailed = Self("codecFailed")
}

/// What failures of streams mean for buckets and keys.
enum KeyValueFailure {
    static func ofBucket<Value>(_ bucket: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as NATSError {
            throw ofBucket(bucket, error)
        }
    }

    static func ofBucket(_ bucket: String, _ error: NATSError) -> NATSError {
        switch error.jetStream?.code {
        case .streamNotFound: error.with(.bucketNotFound, "there is no bucket '\(bucket)'")
        case .streamNameExist, .streamNameExistRestoreFailed:
            error.with(.bucketExists, "there is a bucket '\(bucket)', with another configuration")
        default: error
        }
    }

    static func ofKey<Value>(_ key: String, _ revision: UInt64?, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as NATSError where error.meansWrongRevision {
            let expected = revision.map { ", not \($0)" } ?? ""
            throw error.with(.wrongRevision, "the key '\(key)' has another revision\(expected)")
        }
    }

    static func ofCodec<Value>(_ what: String, _ body: () throws -> Value) throws(NATSError) -> Value {
        do {
            return try body()
        } catch {
            throw NATSError(.codecFailed, what, underlying: error)
        }
    }
}

extension NATSError {
    /// Something else was stored under the subject than the publisher expected.
    var meansWrongRevision: Bool {
        jetStream?.code == .streamWrongLastSequence || jetStream?.code == .streamWrongLastSequenceConstant
    }

    func with(_ code: Code, _ message: String) -> NATSError {
        NATSError(code, message, server: server, subject: subject, serverError: serverError, underlying: underlying)
    }
}
