// The program `fuzz`. Built by Scripts/fuzz with a sanitizer and -D LIBFUZZER, the main function is libFuzzer's, and it fuzzes the
// target that the variable FUZZ_TARGET names. Built like any other program it has only the commands of `FuzzCommand`:
// `swift run fuzz replay decoder FILE`.
//
// Invariant: libFuzzer lends `size` bytes at `data` for the duration of one call.
import FuzzTargets
internal import Glibc

#if LIBFUZZER
private let target = chosenTarget()

private func chosenTarget() -> any FuzzTarget.Type {
    do {
        return try FuzzCommand.target(unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? "")
    } catch {
        end("\(error)", 2)
    }
}

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> CInt {
    runCommand()
    _ = target
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    let input = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: data, count: size))
    do throws(FuzzFinding) {
        try target.run(input)
    } catch {
        // libFuzzer keeps the input of what ends the process.
        fatalError("\(target.name): \(error)")
    }
    return 0
}
#else
@main
enum Fuzz {
    static func main() {
        runCommand()
        end("usage: fuzz list | unpack … | pack … | replay TARGET FILE…; Scripts/fuzz fuzzes", 2)
    }
}
#endif

private func runCommand() {
    do {
        if let code = try FuzzCommand.run(Array(CommandLine.arguments.dropFirst())) { exit(code) }
    } catch {
        end("\(error)", 2)
    }
}

private func end(_ message: String, _ code: Int32) -> Never {
    print(message)
    exit(code)
}
