extension String {
    /// The most of a peer's words that goes into an error.
    private static let harmlessCountMax = 80

    /// What a peer says, made harmless for logs and terminals: printable ASCII, at most 80 characters.
    init(harmless bytes: Span<UInt8>) {
        self.init()
        let bytes = bytes.extracting(first: Self.harmlessCountMax)
        for index in bytes.indices {
            unicodeScalars.append((0x20...0x7E).contains(bytes[index]) ? Unicode.Scalar(bytes[index]) : "?")
        }
    }
}
