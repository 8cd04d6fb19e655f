import NATSProtocol
import Reactor

extension SecretReference {
    /// A secret has a few KiB at most; who names another file by mistake shall learn it.
    static let fileSizeMaximum = 256 << 10

    /// Fetches the secret from where it is. Blocks the thread for as long as the file system takes.
    func fetch(_ environment: ClientEnvironment) throws(ContextError) -> SecretBytes {
        try resolve(environment) { path in try FileReader.read(path, sizeMaximum: Self.fileSizeMaximum) }
    }

    /// As text, for what goes into CONNECT as it is.
    func fetchText(_ environment: ClientEnvironment) throws(ContextError) -> String {
        // In one expression, Swift 6.3 crashes.
        let secret = try fetch(environment)
        return String(repairing: secret.span)
    }
}
