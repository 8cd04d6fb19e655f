import NATSProtocol
import Reactor
import Synchronization

extension NATSConnection {
    /// Reads the files of ``ConnectOptions/tls`` now: a connection that is made later uses them. The present connection goes on.
    ///
    /// A reconnect reads changed files by itself; this says at once whether they can be used, after a rotation for example.
    ///
    /// - Throws: ``NATSError/Code/tlsFailed`` with the file and the reason; then nothing has changed.
    ///   ``NATSError/Code/timedOut`` when a file hangs for ``ConnectOptions/connectTimeout``. `CancellationError`, at once.
    public func reloadTLS() async throws {
        try Task.checkCancellation()
        try await core.reloadTLS()
    }

    /// What TLS has agreed on with the present server; nil in the clear.
    package var tlsDetails: TLSDetails? { core.snapshot.withLock { $0.tlsDetails } }
}

extension ConnectionCore {
    /// In a task of its own: files may be slow, and the caller may be on the loop's thread.
    func reloadTLS() async throws {
        let lateError = NATSError(
            .timedOut, "the certificates and keys weren't loaded within \(options.connectTimeout): one of their files hangs")
        try await HelperWait.result(
            on: loop, quota: helpers, within: options.connectTimeout, orThrow: lateError
        ) { [tls = transportSettings.tls] in
            do throws(TLSError) {
                try tls.reload()
            } catch {
                throw NATSError(error)
            }
        }
    }
}
