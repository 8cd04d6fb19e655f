/// What came of an operation of the loop.
///
/// Not a `Result`: that asks for a conformance (`Failure: Error`), and the first look-up of one in a process leaves
/// some hundred KiB of the program resident (`Docs/Performance.md`, Memory).
package enum Outcome<Success: Sendable>: Sendable {
    case success(Success)
    case failure(ReactorError)

    package func get() throws(ReactorError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let error): throw error
        }
    }
}
