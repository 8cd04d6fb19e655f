extension JSONReader {
    /// Reads an array of texts; `null`, for the array or in it, is left out.
    package mutating func readStringsOrNull() throws(JSONError) -> [String] {
        var list: [String] = []
        if try readNull() { return list }
        try beginArray()
        while try nextElement() {
            if let text = try readStringOrNull() { list.append(text) }
        }
        return list
    }
}
