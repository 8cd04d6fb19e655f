import Foundation
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
        Interrupts.block()
        let work = Task { try await ChaosProgram.run(arguments) }
        Interrupts.cancel(work)
        do {
            exit(try await work.value)
        } catch {
            print("chaos: \(error)")
            exit(1)
        }
    }
}

/// SIGINT and SIGTERM end a run in order; a second one ends the process, and the servers end with it.
private enum Interrupts {
    private static var signals: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGINT)
        unsafe sigaddset(&set, SIGTERM)
        return set
    }

    /// For this thread and all that it begins.
    static func block() {
        var set = signals
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    static func cancel(_ work: Task<Int32, any Error>) {
        Thread {
            var set = signals
            var number: Int32 = 0
            unsafe sigwait(&set, &number)
            print("chaos: interrupted; ends in order")
            work.cancel()
            unsafe sigwait(&set, &number)
            exit(130)
        }.start()
    }
}
