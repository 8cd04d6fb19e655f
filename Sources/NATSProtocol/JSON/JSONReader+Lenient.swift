/// For texts that others define and extend, where a field of another type is treated as a missing one.
extension JSONReader {
    /// Reads a string; passes over any other value and gives nil.
    package mutating func readStringIfAny() throws(JSONError) -> String? {
        guard nextKind() == .string else {
            try skipValue()
            return nil
        }
        return try readString()
    }

    /// Reads a whole number, however it is written; passes over any other value and gives nil.
    package mutating func readWholeNumberIfAny() throws(JSONError) -> Int64? {
        guard nextKind() == .number else {
            try skipValue()
            return nil
        }
        let text = try readNumberText()
        return Int64(text) ?? Double(text).flatMap { Int64(exactly: $0) }
    }
}
