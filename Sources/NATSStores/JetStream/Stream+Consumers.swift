public import NATSClient

/// Consumers: making, changing, finding and removing them.
extension JetStream.Stream {
    /// Makes a consumer. One that exists with the same configuration is as good.
    ///
    /// Without ``ConsumerConfiguration/durable`` and ``ConsumerConfiguration/name`` the client invents a name.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused``, with `.consumerAlreadyExists` when there is another one of this name;
    ///   ``NATSError/Code/serverTooOld``; ``NATSError/Code/jetStreamUnavailable``; what `request` throws.
    public func createConsumer(_ configuration: ConsumerConfiguration) async throws -> JetStream.Consumer {
        try await consumer(configuration, .create)
    }

    /// Changes a consumer to this configuration. Begin with the one that ``JetStream.Consumer/info()`` gives, so that nothing else changes.
    ///
    /// - Throws: as ``createConsumer(_:)``; ``NATSError/Code/jetStreamRefused`` with `.consumerDoesNotExist` when there is none.
    public func updateConsumer(_ configuration: ConsumerConfiguration) async throws -> JetStream.Consumer {
        try await consumer(configuration, .update)
    }

    /// Makes the consumer, or changes the one of this name to this configuration. One round trip.
    ///
    /// - Throws: as ``createConsumer(_:)``.
    public func createOrUpdateConsumer(_ configuration: ConsumerConfiguration) async throws -> JetStream.Consumer {
        try await consumer(configuration, .createOrUpdate)
    }

    /// A consumer that exists; one round trip.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`.
    public func consumer(_ name: String) async throws -> JetStream.Consumer {
        let info = try await unverifiedConsumer(name).info()
        return JetStream.Consumer(jetStream: jetStream, streamName: self.name, name: name, cachedInfo: info)
    }

    /// A consumer of which nobody asks whether it exists: no round trip.
    public func unverifiedConsumer(_ name: String) throws(NATSError) -> JetStream.Consumer {
        try APIName.check(name, "consumer")
        return JetStream.Consumer(jetStream: jetStream, streamName: self.name, name: name, cachedInfo: nil)
    }

    /// Removes a consumer.
    ///
    /// - Throws: ``NATSError/Code/jetStreamRefused`` with `.consumerNotFound`.
    public func deleteConsumer(_ name: String) async throws { try await unverifiedConsumer(name).delete() }

    private func consumer(_ configuration: ConsumerConfiguration, _ action: ConsumerRequest.Action) async throws
        -> JetStream.Consumer
    {
        var configuration = configuration
        let name = configuration.durable ?? configuration.name ?? jetStream.connection.newName()
        try APIName.check(name, "consumer")
        configuration.name = name
        let request = ConsumerRequest(
            stream: self.name, configuration: configuration, action: action, isPedantic: jetStream.isPedantic)
        let info: ConsumerInfo = try await jetStream.call(
            request.subject, request.json, level: configuration.requiredLevel,
            concerns: "consumer '\(name)' of stream '\(self.name)'")
        return JetStream.Consumer(jetStream: jetStream, streamName: self.name, name: info.name, cachedInfo: info)
    }
}
