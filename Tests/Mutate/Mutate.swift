import Foundation
import MutationKit
import Synchronization

/// `mutate [--lives N] [NAME…]`: gives the client one defect after the other and looks how many lives the simulator needs to
/// notice. Called by `Scripts/mutate` at the root of the repository.
@main
struct Mutate {
    /// The numbers of no defect: of lives without JetStream, and with it.
    static let unchanged = [-1, -2]
    /// The first seed of every hunt.
    static let firstSeed = 1
    var names: Set<String> = []
    var lives = 3_000

    static func main() {
        do {
            var mutate = Mutate()
            try mutate.readArguments()
            exit(try mutate.run() ? 0 : 1)
        } catch {
            say("mutate: \(error)")
            exit(1)
        }
    }

    private mutating func readArguments() throws {
        var rest = CommandLine.arguments.dropFirst()
        while let argument = rest.popFirst() {
            if argument == "--lives" {
                guard let count = rest.popFirst().flatMap({ Int($0) }) else { throw Failure("--lives needs a number") }
                lives = count
            } else {
                names.insert(argument)
            }
        }
    }

    /// - Returns: whether every defect was caught, and none was found where there is none.
    private func run() throws -> Bool {
        let set = try MutationSet(folder: URL(fileURLWithPath: "Tests/Mutations"))
        let unknown = names.subtracting(set.mutations.map(\.name))
        guard unknown.isEmpty else { throw Failure("there is no mutation \(unknown.sorted().joined(separator: ", "))") }
        let tree = ScratchTree(root: URL(fileURLWithPath: ".build-mutations"))
        try tree.write(set)
        let hunter = Hunter(executable: try tree.build(), firstSeed: Self.firstSeed, lives: lives)

        let chosen = set.mutations.indices.filter { names.isEmpty || names.contains(set.mutations[$0].name) }
        // The client as it is comes first: with a law that it breaks itself, the others would prove nothing.
        let numbers = Self.unchanged + chosen
        let results = Mutex<[Int: Catch]>([:])
        DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
            let number = numbers[index]
            let needsJetStream = number < 0 ? number == Self.unchanged.last : set.mutations[number].needsJetStream
            let found = hunter.hunt(number, withJetStream: needsJetStream)
            results.withLock { $0[number] = found }
            let name = number < 0 ? "the client as it is\(needsJetStream ? ", with JetStream" : "")" : set.mutations[number].name
            say("  \(name): \(found.description)")
        }
        return Score(mutations: set.mutations, chosen: chosen, results: results.withLock { $0 }).report()
    }
}

/// What came of the hunt for one defect.
enum Catch: CustomStringConvertible {
    case caught(seed: Int, lives: Int, violation: String)
    case survived

    var isCaught: Bool {
        if case .caught = self { true } else { false }
    }

    var description: String {
        switch self {
        case .caught(let seed, _, let violation): "seed \(seed): \(violation)"
        case .survived: "nothing is found"
        }
    }
}

/// Runs `hunt` with one defect switched on, in a process of its own: it may crash or hang.
struct Hunter {
    let executable: URL
    let firstSeed: Int
    let lives: Int

    func hunt(_ mutation: Int, withJetStream: Bool) -> Catch {
        let process = Process()
        process.executableURL = executable
        process.arguments = [String(firstSeed), String(lives)] + (withJetStream ? ["jetstream"] : [])
        process.environment = ["NATS_MUTATION": String(mutation), "SWIFT_BACKTRACE": "enable=no"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return .caught(seed: 0, lives: 0, violation: "hunt doesn't start") }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationReason == .exit, process.terminationStatus == 0 { return .survived }
        let last = text.split(separator: "\n").last ?? ""
        let parts = last.split(separator: "\t", maxSplits: 1)
        let seed = parts.first.flatMap { Int($0) } ?? firstSeed
        let violation = parts.count == 2 ? String(parts[1]) : "the client crashed"
        return .caught(seed: seed, lives: seed - firstSeed + 1, violation: violation)
    }
}

/// The table that goes into the documentation.
struct Score {
    let mutations: [Mutation]
    let chosen: [Int]
    let results: [Int: Catch]
    private static let violationMax = 100

    /// - Returns: whether all is as it should be.
    func report() -> Bool {
        say("\n| Defect | Kind | Invariant | Caught by | Lives |\n|---|---|---|---|---|")
        for number in chosen {
            let mutation = mutations[number]
            guard case .caught(_, let lives, let violation) = results[number] else {
                say("| \(mutation.title) | \(mutation.painPoint) | \(mutation.invariant) | **nothing** | |")
                continue
            }
            let whole = violation.replacing("|", with: "\\|")
            let text = whole.count > Self.violationMax ? whole.prefix(Self.violationMax) + "…" : whole
            say("| \(mutation.title) | \(mutation.painPoint) | \(mutation.invariant) | \(text) | \(lives) |")
        }
        let caught = chosen.count { results[$0]?.isCaught == true }
        let findings = Mutate.unchanged.compactMap { results[$0] }.filter(\.isCaught).map(\.description)
        let isSound = findings.isEmpty
        say(
            "\n\(caught) of \(chosen.count) defects caught; the client as it is \(isSound ? "passes" : "FAILS: \(findings)")")
        return isSound && caught == chosen.count
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// At once, for whoever reads along.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
