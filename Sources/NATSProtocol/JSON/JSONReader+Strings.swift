extension JSONReader {
    /// Reads a string, without its escapes.
    package mutating func readString() throws(JSONError) -> String {
        guard nextKind() == .string else { throw mismatch() }
        let start = position
        guard let string = try scanText().string else { throw JSONError(.invalidUTF8, at: start) }
        return string
    }

    /// Reads a string, or nil for `null`.
    package mutating func readStringOrNull() throws(JSONError) -> String? {
        try readNull() ? nil : readString()
    }

    /// Reads a string and gives it where it lies, for comparisons.
    @_lifetime(copy self)
    package mutating func readText() throws(JSONError) -> JSONText {
        guard nextKind() == .string else { throw mismatch() }
        return try scanText()
    }

    /// From a quotation mark to the one that ends the text. Checks all but UTF-8.
    @_lifetime(copy self)
    mutating func scanText() throws(JSONError) -> JSONText {
        let start = position &+ 1
        position = start
        var hasEscapes = false
        while true {
            let byte = peek()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                guard let escape = JSONEscape(bytes, at: position) else { throw error(.syntax) }
                hasEscapes = true
                position &+= escape.byteCount
            } else {
                // The end is among these: there, `peek` gives 0.
                guard byte >= 0x20 else { throw error(.syntax) }
                position &+= 1
            }
        }
        let text = JSONText(bytes.extracting(start..<position), hasEscapes: hasEscapes)
        position &+= 1
        return text
    }
}
