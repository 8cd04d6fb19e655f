import NATSClient

/// Names of streams and consumers: one token of a subject each.
enum APIName {
    /// Throws ``NATSError/Code/invalidOption`` for a name that servers don't take.
    ///
    /// Source: `isValidName` in nats-server's `server/util.go`; path separators are refused since they become names of files.
    static func check(_ name: String, _ what: String) throws(NATSError) {
        let isValid =
            !name.isEmpty && name.utf8.count <= 255
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0...0x20, 0x7F, UInt8(ascii: "."), UInt8(ascii: "*"), UInt8(ascii: ">"), UInt8(ascii: "/"),
                    UInt8(ascii: "\\"):
                    false
                default: true
                }
            }
        guard isValid else {
            throw NATSError(
                .invalidOption,
                "'\(name)' can't be the name of a \(what): 1 to 255 bytes without blanks, '.', '*', '>', '/' and '\\' are possible"
            )
        }
    }
}
