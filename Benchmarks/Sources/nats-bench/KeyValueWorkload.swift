import NATSStores

/// The workloads of key-value: a bucket in `--storage`, which is made and filled before anything is measured.
extension Bench {
    /// `kv-put`: closed loop, `--inflight` puts at any time.
    func putKeys() async throws -> Outcome {
        try await withBucket(keys: Self.keyCount) { kv in
            let (keys, value) = (Self.keys, options.payloadBytes)
            return try await closedLoop { _, number in try await kv.put(keys[number % keys.count], value) }
        }
    }

    /// `kv-get`: closed loop, `--inflight` gets at any time.
    func getKeys() async throws -> Outcome {
        try await withBucket(keys: Self.keyCount) { kv in
            let (keys, size) = (Self.keys, options.size)
            return try await closedLoop { _, number in
                let entry = try await kv.get(keys[number % keys.count])
                guard entry?.value.count == size else { throw Failure("a value of another size") }
            }
        }
    }

    /// `kv-watch`: from the first entry of a watch to the last, of keys that are there.
    func watchKeys() async throws -> Outcome {
        try await withBucket(keys: options.streamMessages + (options.warmup ?? 0)) { kv in
            let counter = streamCounter()
            var watching = KeyValueWatchOptions()
            if options.inflight > 1 { watching.consume.maximumMessages = options.inflight }
            return try await outcome(of: counter) { [watching] in
                for try await update in try kv.watch(options: watching) {
                    guard let entry = update.entry else { continue }
                    if !counter.arrived(payloadSize: entry.value.count, hasHeaders: false) { return }
                }
            }
        }
    }

    private static let keyCount = 1_000
    private static let keys = (0..<keyCount).map { "k\($0)" }

    /// Runs `body` beside a bucket with the keys k0, k1 …, which is gone afterwards.
    private func withBucket(keys: Int, _ body: (KeyValueStore) async throws -> Outcome) async throws -> Outcome {
        let nats = try await connect()
        let js = nats.jetStream()
        try? await js.deleteKeyValueStore("NATS_BENCH")
        let kv = try await js.keyValueStore(
            "NATS_BENCH", create: KeyValueConfiguration(storage: options.storage == .file ? .file : .memory))
        let value = options.payloadBytes
        let publisher = js.asyncPublisher()
        for number in 0..<keys { try await publisher.publish("$KV.NATS_BENCH.k\(number)", value) }
        try await publisher.flush(timeout: .seconds(60))
        let result: Result<Outcome, any Error>
        do { result = .success(try await body(kv)) } catch { result = .failure(error) }
        try await kv.deleteBucket()
        return try result.get()
    }
}
