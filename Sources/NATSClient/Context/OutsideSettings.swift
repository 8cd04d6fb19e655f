import NATSProtocol

/// The settings of a connection that don't stand in its program, and where each of them comes from.
struct OutsideSettings: Sendable {
    /// What was found, in the form of a context's file.
    private(set) var values: ContextFile
    /// How long replies are waited for.
    private(set) var requestTimeout: Duration?
    let environment: ClientEnvironment
    /// Whether variables count besides the context.
    private let isOverlaid: Bool
    private var contextPath: String?
    private var fromContext = ContextFile()

    /// The variables of the environment, over the context that `NATS_CONTEXT` names.
    init(_ environment: ClientEnvironment, readFile: ContextFileReader) throws(ContextError) {
        self.environment = environment
        isOverlaid = true
        values = environment.settings
        requestTimeout = try environment.timeout
        guard let name = environment.contextName else { return }
        try load(.named(name), readFile)
        values = environment.settings.overlaying(fromContext)
    }

    /// A context that the program names: the variables of the environment don't change what it says.
    init(context: NATSContext, _ environment: ClientEnvironment, readFile: ContextFileReader) throws(ContextError) {
        self.environment = environment
        isOverlaid = false
        values = ContextFile()
        try load(context, readFile)
        values = fromContext
    }

    private mutating func load(_ context: NATSContext, _ readFile: ContextFileReader) throws(ContextError) {
        let path = try ContextFile.path(of: context, environment, readFile: readFile)
        fromContext = try ContextFile.load(path: path, readFile: readFile)
        contextPath = path
    }

    // MARK: - Origins

    /// The places from which the fields of `values` come.
    func origins(of fields: [WritableKeyPath<ContextFile, String?>]) -> [ConfigurationSources.Origin] {
        var origins: [ConfigurationSources.Origin] = []
        if isOverlaid { origins = environment.names(for: fields).map { .variable($0) } }
        if let contextPath, fields.contains(where: { isFromContext($0) }) { origins.append(.context(path: contextPath)) }
        return origins
    }

    private func isFromContext(_ field: WritableKeyPath<ContextFile, String?>) -> Bool {
        guard fromContext[keyPath: field] != nil, values[keyPath: field] != nil else { return false }
        return !isOverlaid || environment.settings[keyPath: field] == nil
    }

    /// The places that ask for TLS.
    var tlsOrigins: [ConfigurationSources.Origin] {
        let origins = origins(of: Self.tlsFields)
        // No variable asks for the handshake to come first.
        guard let contextPath, values.tlsFirst == true else { return origins }
        let context = ConfigurationSources.Origin.context(path: contextPath)
        return origins.contains(context) ? origins : origins + [context]
    }
}
