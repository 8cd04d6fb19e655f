/// The API. Sources: `server/jetstream_api.go` of nats-server; the codes are those of its `errors.json`.
extension ModelJetStream {
    /// - Parameter tokens: the subject behind `$JS.API`.
    func answer(_ tokens: [String], _ message: ModelMessage) {
        guard let json = response(to: tokens, message), let reply = message.reply else { return }
        meta.send(ModelMessage(subject: reply, reply: nil, headerCount: 0, body: Array(json.utf8)), to: reply)
    }

    private func response(to tokens: [String], _ message: ModelMessage) -> String? {
        guard tokens.count >= 3 else { return nil }
        let call = "\(tokens[0]).\(tokens[1])"
        if call == "STREAM.CREATE" { return createStream(tokens[2], message) }
        guard let stream = stream(tokens[2]) else { return error(call, 404, 10059, "stream not found") }
        if call == "STREAM.INFO" { return info(of: stream, call) }
        guard tokens.count >= 4 else { return nil }
        if call == "CONSUMER.CREATE" { return createConsumer(of: stream, message) }
        guard let consumer = stream.consumer(tokens[3]) else { return error(call, 404, 10014, "consumer not found") }
        switch call {
        case "CONSUMER.INFO": return info(of: consumer, call)
        case "CONSUMER.DELETE":
            consumer.delete(isAnnounced: true)
            return #"{"type":"\#(type(of: call))","success":true}"#
        default: return nil
        }
    }

    private func createStream(_ name: String, _ message: ModelMessage) -> String {
        if stream(name) == nil { makeStream(name, subjects: ["\(name.lowercased()).>"], isReplicated: false) }
        return stream(name).map { info(of: $0, "STREAM.CREATE") } ?? ""
    }

    private func createConsumer(of stream: ModelStream, _ message: ModelMessage) -> String {
        guard let settings = ConsumerSettings(request: Array(message.payload)) else {
            return error("CONSUMER.CREATE", 400, 10025, "invalid JSON")
        }
        if let old = stream.consumer(settings.name) {
            guard old.settings == settings else { return error("CONSUMER.CREATE", 400, 10148, "consumer already exists") }
            return info(of: old, "CONSUMER.CREATE")
        }
        return info(of: makeConsumer(settings, of: stream), "CONSUMER.CREATE")
    }

    // MARK: Answers

    private func type(of call: String) -> String {
        "io.nats.jetstream.api.v1.\(call.lowercased().replacingDots)_response"
    }

    private func error(_ call: String, _ code: Int, _ errorCode: Int, _ text: String) -> String {
        let error = #"{"code":\#(code),"err_code":\#(errorCode),"description":"\#(text)"}"#
        return #"{"type":"\#(type(of: call))","error":\#(error)}"#
    }

    private func info(of stream: ModelStream, _ call: String) -> String {
        let subjects = stream.subjects.map { "\"\($0)\"" }.joined(separator: ",")
        let first = stream.entries.keys.min() ?? stream.lastSequence + 1
        let state =
            #"{"messages":\#(stream.entries.count),"bytes":0,"first_seq":\#(stream.lastSequence == 0 ? 0 : first),"#
            + #""last_seq":\#(stream.lastSequence),"consumer_count":\#(stream.consumers.count)}"#
        return #"{"type":"\#(type(of: call))","config":{"name":"\#(stream.name)","subjects":[\#(subjects)]},"state":\#(state)}"#
    }

    private func info(of consumer: ModelConsumer, _ call: String) -> String {
        let (settings, state) = (consumer.settings, consumer.state)
        let policy = settings.acknowledges ? "explicit" : "none"
        let floor = state.pending.keys.min().map { $0 - 1 } ?? state.nextSequence - 1
        return #"{"type":"\#(type(of: call))","stream_name":"\#(consumer.stream.name)","name":"\#(consumer.name)","#
            + #""config":{"name":"\#(settings.name)","ack_policy":"\#(policy)"},"#
            + #""delivered":{"consumer_seq":\#(state.lastDelivery),"stream_seq":\#(state.nextSequence - 1)},"#
            + #""ack_floor":{"consumer_seq":0,"stream_seq":\#(floor)},"num_ack_pending":\#(state.pending.count),"#
            + #""num_redelivered":0,"num_waiting":\#(consumer.pulls.count),"num_pending":\#(consumer.waitingCount)}"#
    }
}

extension String {
    /// `consumer.create` as it stands in the types of answers.
    fileprivate var replacingDots: String { String(map { $0 == "." ? "_" : $0 }) }
}
