import NATSClient
import TestSupport
import Testing

extension Subscription {
    /// The next message, which must come.
    func required(
        within limit: Duration = .seconds(45), sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Message {
        try #require(try await next(timeout: limit), "the sequence has ended", sourceLocation: sourceLocation)
    }

    /// The payloads of the next `count` messages.
    func strings(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws -> [String] {
        var strings: [String] = []
        for _ in 0..<count { strings.append(try await required(sourceLocation: sourceLocation).string) }
        return strings
    }

    /// Everything until the end of the sequence.
    func remainder() async throws -> [String] {
        var strings: [String] = []
        for try await message in self { strings.append(message.string) }
        return strings
    }
}

/// Expects `body` to throw a ``NATSError`` of this code, and returns it.
@discardableResult
func expectError<Value>(
    _ code: NATSError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value
) async -> NATSError? {
    do {
        _ = try await body()
        Issue.record("expected \(code), but nothing was thrown", sourceLocation: sourceLocation)
    } catch let error as NATSError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// Bytes that tell where they are wrong: position and seed in each.
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251 &+ seed) }
}
