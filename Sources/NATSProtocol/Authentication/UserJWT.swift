/// The JWT of a user, and what it says of itself. Its signature is the server's to check.
package struct UserJWT: Sendable, Hashable {
    /// As it is sent to the server.
    package let text: String
    package let claims: UserClaims

    package init(parsing text: String) throws(CredentialsError) {
        let bytes = text.utf8Span.span
        try self.init(bytes.extracting(bytes.trimmingBlanks(0..<bytes.count)), line: nil)
    }

    /// Reads `header.claims.signature`, each in base 64. `line` is for the error.
    init(_ bytes: Span<UInt8>, line: Int?) throws(CredentialsError) {
        guard let range = Self.claims(in: bytes), let json = Base64.decode(bytes.extracting(range), .url) else {
            throw CredentialsError(
                .malformedJWT, "the JWT isn't three parts of base 64 with dots between them", line: line)
        }
        do throws(JSONError) {
            claims = try UserClaims(json: json.span)
        } catch {
            throw CredentialsError(.malformedJWT, "the claims of the JWT aren't a JSON object", line: line)
        }
        text = String(repairing: bytes)
    }

    /// Where the second of three parts is; nil when there aren't three that could be base 64.
    private static func claims(in bytes: Span<UInt8>) -> Range<Int>? {
        var dots: [Int] = []
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                continue
            case UInt8(ascii: ".") where dots.count < 2: dots.append(index)
            default: return nil
            }
        }
        guard dots.count == 2, dots[0] > 0, dots[1] > dots[0] + 1, dots[1] + 1 < bytes.count else { return nil }
        return dots[0] + 1..<dots[1]
    }
}

/// Descriptions show whose it is: who has the text of a bearer's JWT can use it.
extension UserJWT: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { claims.subject ?? claims.name ?? "an unnamed user" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["claims": claims], displayStyle: .struct) }
}
