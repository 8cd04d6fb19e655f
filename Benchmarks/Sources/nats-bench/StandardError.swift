import CBenchProcess

enum StandardError {
    /// One line. (`unsafe`: C borrows the text for the call.)
    static func write(_ line: String) { unsafe bench_complain(line) }
}

/// Why there are no figures.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
