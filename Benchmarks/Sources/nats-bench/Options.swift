import NATSClient

/// `nats-bench pub|sub|request --url URL [--size N] [--messages N] [--backend epoll|io_uring]
/// [--delivery inline|batches|sequence] [--executor global|reactor]`
struct Options {
    var workload = ""
    var url = "nats://127.0.0.1:4222"
    var size = 128
    var messages = 1_000_000
    var backend = EventLoop.Configuration.Backend.epoll
    var delivery = "inline"
    var executor = "global"

    init(_ arguments: [String]) throws {
        guard let first = arguments.first else { throw Misuse("which workload? pub, sub or request") }
        workload = first
        var rest = arguments.dropFirst().makeIterator()
        while let name = rest.next() {
            guard let value = rest.next() else { throw Misuse("\(name) needs a value") }
            try set(name, value)
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "--url": url = value
        case "--size": size = try number(name, value)
        case "--messages": messages = try number(name, value)
        case "--backend": backend = value == "io_uring" ? .ioUring : .epoll
        case "--delivery": delivery = value
        case "--executor": executor = value
        default: throw Misuse("unknown option \(name)")
        }
    }

    private func number(_ name: String, _ value: String) throws -> Int {
        guard let number = Int(value), number >= 0 else { throw Misuse("\(name) needs a number, not \(value)") }
        return number
    }
}

/// A command line that can't be understood.
struct Misuse: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
