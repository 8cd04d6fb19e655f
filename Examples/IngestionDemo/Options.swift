import NATSClient

/// What the demo does, from the command line.
struct Options {
    var url: String?
    var messageCount = 2_000_000
    var payloadBytes = 128
    var requestCount = 20_000
    var backend = EventLoop.Configuration.Backend.automatic

    static let usage = """
        Usage: ingestion-demo [options]

          --url URL           server(s); default $NATS_URL, else nats://127.0.0.1:4222
          --messages N        messages to publish; default 2000000
          --size BYTES        payload of each message, 16 to 1000000; default 128
          --requests N        requests of the latency round, 0 to skip it; default 20000
          --backend NAME      automatic, epoll or io_uring; default automatic
          --fast              a short run for continuous integration: 200000 messages, 2000 requests
          --help              this text
        """

    /// A sentence for people about what is wrong with the command line.
    struct Mistake: Error {
        let message: String
    }

    /// Reads the arguments behind the program's name. `nil`: the user asked for help.
    static func parse(_ arguments: some Sequence<String>) throws(Mistake) -> Options? {
        var options = Options()
        var rest = ArraySlice(Array(arguments))
        while let argument = rest.popFirst() {
            switch argument {
            case "--help", "-h": return nil
            case "--fast": (options.messageCount, options.requestCount) = (200_000, 2_000)
            case "--url": options.url = try value(of: argument, from: &rest)
            case "--messages": options.messageCount = try number(of: argument, from: &rest, in: 1...1_000_000_000)
            case "--size":
                options.payloadBytes = try number(of: argument, from: &rest, in: Reading.headerBytes...1_000_000)
            case "--requests": options.requestCount = try number(of: argument, from: &rest, in: 0...100_000_000)
            case "--backend": options.backend = try backend(try value(of: argument, from: &rest))
            default: throw Mistake(message: "unknown option '\(argument)'")
            }
        }
        return options
    }

    private static func value(of name: String, from rest: inout ArraySlice<String>) throws(Mistake) -> String {
        guard let value = rest.popFirst() else { throw Mistake(message: "\(name) needs a value") }
        return value
    }

    private static func number(
        of name: String, from rest: inout ArraySlice<String>, in range: ClosedRange<Int>
    ) throws(Mistake) -> Int {
        let text = try value(of: name, from: &rest)
        guard let number = Int(text), range.contains(number) else {
            throw Mistake(
                message: "\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
        }
        return number
    }

    private static func backend(_ name: String) throws(Mistake) -> EventLoop.Configuration.Backend {
        switch name {
        case "automatic": return .automatic
        case "epoll": return .epoll
        case "io_uring": return .ioUring
        default: throw Mistake(message: "--backend takes automatic, epoll or io_uring, not '\(name)'")
        }
    }
}
