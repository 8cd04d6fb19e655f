// Three workers share thirty jobs: each job goes to one of them.
//
//     example-queue-group [url]

import NATSClient

@main
struct QueueGroup {
    static func main() async throws {
        let url = CommandLine.arguments.dropFirst().first

        try await NATS.withConnection(url) { nats in
            // Members of a group may be in one process or in many; the server picks one of them for each message.
            var workers: [Subscription] = []
            for _ in 0..<3 { workers.append(try await nats.subscribe("jobs.>", queueGroup: "workers")) }

            let done = try await withThrowingTaskGroup(of: Int.self) { group in
                for (number, worker) in workers.enumerated() {
                    group.addTask { try await work(number, on: worker) }
                }
                for job in 0..<30 { try await nats.publish("jobs.resize", "picture-\(job)") }

                // The server has all jobs; then each worker finishes what it was given, and its loop ends.
                try await nats.flush()
                for worker in workers { try await worker.drain() }
                var sum = 0
                for try await count in group { sum += count }
                return sum
            }
            print("\(done) of 30 jobs were done, each once")
        }
    }

    static func work(_ number: Int, on subscription: Subscription) async throws -> Int {
        var count = 0
        // Batches: one hand-over for everything that waits.
        for try await batch in subscription.batches {
            for job in batch {
                count += 1
                print("worker \(number) does \(job.string)")
            }
        }
        return count
    }
}
