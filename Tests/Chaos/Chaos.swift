import Dispatch
import Glibc
import NATSChaos

/// `chaos`: see the usage. Exits 1 when a law was broken, 130 when interrupted.
@main
enum Chaos {
    static func main() async {
        let arguments: ChaosArguments
        do throws(ChaosArguments.Mistake) {
            arguments = try ChaosArguments(CommandLine.arguments.dropFirst())
        } catch {
            print("\(error.text)\n\(ChaosArguments.usage)")
            exit(2)
        }
        let work = Task { try await ChaosProgram.run(arguments) }
        let interrupts = Interrupts(work)
        do {
            let code = try await work.value
            withExtendedLifetime(interrupts) {}
            exit(code)
        } catch {
            print("chaos: \(error)")
            exit(1)
        }
    }
}

/// SIGINT and SIGTERM end a run in order; a second one ends the process, and the servers end with it.
private final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    init(_ work: Task<Int32, any Error>) {
        sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if work.isCancelled { exit(130) }
                print("chaos: interrupted; ends in order")
                work.cancel()
            }
            source.resume()
            return source
        }
    }
}
