public import NATSClient

/// Consumers that push: for those who still have them. New ones are better pulled from.
extension JetStream.Consumer {
    /// The messages that a consumer with a ``ConsumerConfiguration/deliverSubject`` pushes. With a
    /// ``ConsumerConfiguration/deliverGroup`` they are shared with everybody who listens in it.
    ///
    /// Flow control is answered in the reactor, when the user has taken what came before: so the server, not this client's memory,
    /// holds what is to come, if the consumer uses it. If it doesn't, ``ConnectOptions/subscription`` bounds what waits, as for any
    /// subscription: what comes beyond is dropped and counted, and comes again only if it is to be acknowledged.
    ///
    /// When heartbeats don't come, ``ConsumerMessages/events`` says so, and the server is asked whether the consumer still exists;
    /// if it doesn't, the sequence throws ``NATSError/Code/consumerDeleted``.
    ///
    /// - Throws: ``NATSError/Code/wrongConsumerKind`` when the consumer doesn't push; what ``info()`` throws, which is asked when
    ///   this handle doesn't know the consumer's configuration.
    public func pushedMessages() async throws -> ConsumerMessages {
        let (monitor, subject, group) = try await pushMonitor()
        let subscription = jetStream.connection.subscribe(
            subject, queueGroup: group, isBounded: !monitor.isHeldBack, scope: monitor.scope, monitor: monitor)
        return ConsumerMessages(subscription, monitor)
    }

    /// The same with a handler that is called on the reactor's thread; it must not block.
    @discardableResult
    public func consumePushed(handler: @escaping @Sendable (borrowing MessageView) -> Void) async throws -> Consumption {
        let (monitor, subject, group) = try await pushMonitor()
        let subscription = jetStream.connection.subscribe(
            subject, queueGroup: group, scope: monitor.scope, monitor: monitor, handler: handler)
        return Consumption(subscription, monitor)
    }

    private func pushMonitor() async throws -> (PushMonitor, subject: String, group: String?) {
        let configuration = if let cachedInfo { cachedInfo.configuration } else { try await info().configuration }
        guard let subject = configuration.deliverSubject else {
            throw NATSError(.wrongConsumerKind, "\(concerns) doesn't push its messages: pull them", subject: name)
        }
        return (PushMonitor(self, configuration, deliverSubject: subject), subject, configuration.deliverGroup)
    }
}
