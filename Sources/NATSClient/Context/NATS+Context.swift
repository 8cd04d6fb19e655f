import NATSProtocol
import Reactor

extension NATS {
    /// Connects as a context of the NATS CLI says: to its servers, with its credentials and certificates.
    ///
    /// The `NATS_…` variables of the environment don't change what the context says; `options` do.
    ///
    ///     let nats = try await NATS.connect(context: "production")
    ///
    /// - Parameters:
    ///   - context: the name of a context, the path of its file, or `.selected`.
    ///   - options: see ``ConnectOptions``. What they say wins over the context.
    /// - Throws: ``NATSError/Code/invalidConfiguration`` with a ``ContextError``, which names the file and the field; and
    ///   what ``connect(_:options:)-(String?,_)`` throws.
    public static func connect(
        context: NATSContext, options: ConnectOptions = ConnectOptions()
    ) async throws -> NATSConnection {
        try await connect(from: .process, options) { environment, readFile throws(ContextError) in
            try OutsideSettings(context: context, environment, readFile: readFile)
        }
    }

    /// Connects as a context says, runs `body`, and drains. As ``withConnection(_:options:_:)``.
    public static func withConnection<Result>(
        context: NATSContext, options: ConnectOptions = ConnectOptions(),
        _ body: (NATSConnection) async throws -> Result
    ) async throws -> Result {
        try await withConnection(connect(context: context, options: options), body)
    }

    /// Connects with settings that are read outside the caller's executor, which may be the reactor's.
    static func connect(
        from environment: ClientEnvironment, _ options: ConnectOptions,
        reading read: @escaping @Sendable (ClientEnvironment, ContextFileReader) throws(ContextError) -> OutsideSettings
    ) async throws -> NATSConnection {
        let lateError = NATSError(
            .timedOut,
            "the context and the files that it names weren't read within \(options.connectTimeout): one of them hangs")
        let settings = try await HelperWait.result(
            on: options.eventLoop, quota: settingsReaders, within: options.connectTimeout, orThrow: lateError
        ) {
            Result { () throws(ContextError) in try read(environment, contextFile) }
        }
        var options = options
        let outside: OutsideSettings
        let sources: ConfigurationSources
        do throws(ContextError) {
            outside = try settings.get()
            sources = try options.complete(by: outside)
        } catch {
            throw NATSError(error)
        }
        return try await connect(addresses: addresses(outside, sources), options: options, sources: sources)
    }

    /// For all calls of the process that read settings: none of them has a connection yet.
    private static let settingsReaders = HelperQuota()

    private static func addresses(
        _ outside: OutsideSettings, _ sources: ConfigurationSources
    ) throws(NATSError) -> [ServerAddress] {
        do throws(NATSError) {
            return try parse { () throws(ServerAddressError) in
                try ServerAddress.parseList(outside.values.url ?? ClientDefaults.url)
            }
        } catch {
            let places = sources[.servers].map(\.description).joined(separator: ", ")
            throw NATSError(
                error.code, "\(error.message) (in \(places))", server: error.server, underlying: error.underlying)
        }
    }

    /// A context has a few hundred bytes; who names another file by mistake shall learn it.
    private static let contextSizeMaximum = 256 << 10

    private static func contextFile(_ path: String) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) {
            return try FileReader.read(path, sizeMaximum: contextSizeMaximum)
        } catch {
            if error.isMissingFile { return nil }
            throw error
        }
    }
}
