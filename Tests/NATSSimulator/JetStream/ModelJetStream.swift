import NATSProtocol

/// JetStream of a model cluster: streams, their consumers, and the part of the API that clients need to use them.
///
/// What makes it one is what clients can tell: who answers and who doesn't, in which order, and what survives which fault. How
/// servers agree with each other stands in `ModelGroup`, in as few words as possible.
package final class ModelJetStream {
    unowned let cluster: ModelCluster
    /// Who keeps the list of streams and consumers.
    let meta: ModelGroup
    private(set) var streams: [ModelStream] = []
    /// Who keeps the books.
    weak var oracle: (any JetStreamOracle)?
    private let dice: Dice
    /// Consumers of one name are of different groups, since each may be somewhere else.
    private var groupCount = 0

    package init(_ cluster: ModelCluster) {
        self.cluster = cluster
        dice = cluster.world.dice("jetstream")
        meta = ModelGroup("meta", of: cluster.servers, in: cluster)
    }

    func stream(_ name: String) -> ModelStream? { streams.first { $0.name == name } }

    /// - Parameter isReplicated: on all servers; else on one of them.
    @discardableResult
    package func makeStream(_ name: String, subjects: [String], isReplicated: Bool) -> ModelStreamHandle {
        let group = ModelGroup("stream \(name)", of: members(isReplicated), in: cluster)
        let stream = ModelStream(name, subjects: subjects, group: group, jetStream: self)
        streams.append(stream)
        return ModelStreamHandle(stream: stream)
    }

    func makeConsumer(_ settings: ConsumerSettings, of stream: ModelStream) -> ModelConsumer {
        groupCount += 1
        let members = members(settings.isReplicated && stream.group.isReplicated)
        let group = ModelGroup("consumer \(settings.name) #\(groupCount)", of: members, in: cluster)
        let consumer = ModelConsumer(settings, group: group, stream: stream, jetStream: self)
        stream.insert(consumer)
        return consumer
    }

    private func members(_ isReplicated: Bool) -> [ModelServer] {
        if isReplicated { return cluster.servers }
        return dice.pick(of: cluster.servers.filter(\.isUp)).map { [$0] } ?? Array(cluster.servers.prefix(1))
    }

    func serversDidChange() {
        meta.serversDidChange()
        for stream in streams { stream.serversDidChange() }
    }

    // MARK: What clients say

    /// Takes what is for it. False: nobody here wants the message.
    func receive(_ message: ModelMessage, at server: ModelServer) -> Bool {
        if message.subject.hasPrefix("$JS.API.") { return receiveRequest(message, at: server) }
        if message.subject.hasPrefix("$JS.ACK.") { return receiveAcknowledgement(message, at: server) }
        guard let stream = streams.first(where: { $0.takes(message.subject) }), stream.group.hasInterest else { return false }
        stream.publish(message, from: server)
        return true
    }

    private func receiveAcknowledgement(_ message: ModelMessage, at server: ModelServer) -> Bool {
        let tokens = message.subject.split(separator: ".").map(String.init)
        guard tokens.count == 9, let consumer = stream(tokens[2])?.consumer(tokens[3]), consumer.settings.acknowledges,
            consumer.group.hasInterest
        else { return false }
        consumer.acknowledge(message, from: server)
        return true
    }

    private func receiveRequest(_ message: ModelMessage, at server: ModelServer) -> Bool {
        let tokens = message.subject.split(separator: ".").dropFirst(2).map(String.init)
        if tokens.count == 5, tokens[0...2] == ["CONSUMER", "MSG", "NEXT"] {
            guard let consumer = stream(tokens[3])?.consumer(tokens[4]), consumer.group.hasInterest else { return false }
            consumer.request(message, from: server)
            return true
        }
        // Every server takes it, and whoever can't answer says nothing.
        meta.reach(from: server) { [weak self] in
            guard let self else { return }
            meta.later(nanoseconds: dice.pick(20_000...5_000_000)) { [weak self] in self?.answer(tokens, message) }
        }
        return true
    }
}

/// A stream of the model, for those outside who made it.
package struct ModelStreamHandle {
    let stream: ModelStream
}

/// Hears what streams and consumers do, and keeps the books of it.
protocol JetStreamOracle: AnyObject {
    func streamStored(_ entry: ModelStream.Entry, by stream: ModelStream)
    func consumerWasAsked(_ pull: ModelPull, by consumer: ModelConsumer)
    func consumerSaid(_ status: String, to pull: ModelPull, of consumer: ModelConsumer)
    func consumerTookEnd(of sequence: UInt64, by consumer: ModelConsumer)
}
