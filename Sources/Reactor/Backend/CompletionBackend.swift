/// The contract that both backends fulfil. Everything happens on the loop's thread.
///
/// - Every operation completes exactly once; receiving is one operation that brings many chunks.
/// - No completion comes from inside a call; the loop asks with `nextCompletion()`.
/// - At most one send and one receive are under way per stream (U17).
/// - `close` cancels what is under way. `.closed` comes once, when the kernel is done with all memory, and is the last.
/// - Memory of a send is read until its completion or `.closed`.
protocol CompletionBackend: AnyObject {
    var kind: BackendReport.Kind { get }
    /// The descriptor that `wait` waits with.
    var descriptor: Int32 { get }

    /// Takes the descriptor, which must be non-blocking. On an error the caller still owns it.
    func open(_ id: StreamID, descriptor: Int32) throws(SystemError)
    /// Completes with `.connected` when a connection attempt is over.
    func awaitConnection(_ id: StreamID)
    func startReceiving(_ id: StreamID)
    /// No chunk comes after this until `startReceiving`; nothing is lost.
    func pauseReceiving(_ id: StreamID)
    func send(_ id: StreamID, _ vectors: borrowing SendVectors)
    func close(_ id: StreamID, hard: Bool)

    /// Does what can be done without waiting.
    func submit()
    /// Submits, waits at most so long (nil: for ever; 0: not at all) and reaps. Returns whether another thread woke us.
    ///
    /// Throws when the kernel doesn't know the descriptor any more: somebody closed it. Then nothing is under way, `wait`
    /// must not be called again, and closing streams is all that still works.
    func wait(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool
    /// True if `nextCompletion()` has something without another wait.
    var hasCompletions: Bool { get }
    func nextCompletion() -> Completion?
    /// Called when the loop has dropped its reference to the last chunk: its memory may be used again.
    func recycle()
}
