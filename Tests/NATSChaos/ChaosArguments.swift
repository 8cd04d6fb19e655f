import Reactor

/// The command line.
package struct ChaosArguments {
    package struct Mistake: Error {
        package let text: String
    }

    package static let usage =
        "chaos [--jetstream [--kills N]] [--minutes N | --seconds N] [--seed S] [--backend epoll|io_uring|both] [--out DIR]"

    private(set) var length = Duration.seconds(60)
    private(set) var seed = UInt64.random(in: 1..<1_000_000)
    private(set) var backends: [ChaosRun.Backend] = [.epoll, .ioUring]
    private(set) var folder = ".build/chaos"
    /// Of JetStream.
    private(set) var isForJetStream = false
    private(set) var kills = Int.max

    package init(_ words: some Collection<String>) throws(Mistake) {
        var rest = Array(words)[...]
        while let option = rest.popFirst() {
            if option == "--jetstream" {
                isForJetStream = true
                continue
            }
            guard let value = rest.popFirst() else { throw Mistake(text: "'\(option)' needs a value") }
            switch option {
            case "--minutes": length = .seconds(60 * (try Self.number(value)))
            case "--seconds": length = .seconds(try Self.number(value))
            case "--seed": seed = UInt64(try Self.number(value))
            case "--out": folder = value
            case "--kills":
                kills = try Self.number(value)
                // Long enough for so many, each of two seconds at most.
                length = .seconds(2 * kills + 60)
            case "--backend":
                switch value {
                case "epoll": backends = [.epoll]
                case "io_uring": backends = [.ioUring]
                case "both": backends = [.epoll, .ioUring]
                default: throw Mistake(text: "there is no backend '\(value)'")
                }
            default: throw Mistake(text: "unknown option '\(option)'")
            }
        }
    }

    private static func number(_ text: String) throws(Mistake) -> Int {
        guard let number = Int(text), number > 0 else { throw Mistake(text: "'\(text)' is no positive number") }
        return number
    }
}
