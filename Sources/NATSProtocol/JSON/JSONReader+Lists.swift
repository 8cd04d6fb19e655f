extension JSONReader {
    /// Reads an array of texts; `null`, for the array or in it, is left out, and so is what follows `countMaximum` texts.
    package mutating func readStringsOrNull(countMaximum: Int = .max) throws(JSONError) -> [String] {
        var list: [String] = []
        if try readNull() { return list }
        try beginArray()
        while try nextElement() {
            if list.count >= countMaximum {
                try skipValue()
            } else if let text = try readStringOrNull() {
                list.append(text)
            }
        }
        return list
    }
}
