import Foundation
import NATSProtocol

/// What the program `fuzz` does besides fuzzing.
package enum FuzzCommand {
    /// Runs the command of these arguments.
    ///
    /// * `list`: the names of all targets, with the longest inputs worth a try.
    /// * `unpack TARGET CORPUS FOLDER`: writes the inputs of a corpus to files.
    /// * `pack TARGET CORPUS FOLDER BYTES`: writes the smallest files of a folder to `found.txt`, up to so many bytes.
    /// * `replay TARGET FILE…`: runs a target once with each file, and says what doesn't hold.
    ///
    /// - Returns: the exit code; nil when there is no such command.
    package static func run(_ arguments: [String]) throws -> Int32? {
        switch (arguments.first, arguments.count) {
        case ("list", 1):
            for target in FuzzRegistry.targets { print(target.name, target.byteCountMax) }
        case ("unpack", 4): try unpack(target(arguments[1]), corpus: arguments[2], to: arguments[3])
        case ("pack", 5): try pack(target(arguments[1]), corpus: arguments[2], from: arguments[3], Int(arguments[4]) ?? 0)
        case ("replay", 3...): return try replay(target(arguments[1]), Array(arguments[2...]))
        default: return nil
        }
        return 0
    }

    package static func target(_ name: String) throws -> any FuzzTarget.Type {
        guard let target = FuzzRegistry.target(named: name) else { throw FuzzFinding("there is no target '\(name)'") }
        return target
    }

    private static func unpack(_ target: any FuzzTarget.Type, corpus: String, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (index, input) in try Corpus(of: target, in: corpus).inputs.enumerated() {
            try Data(input).write(to: URL(fileURLWithPath: "\(folder)/kept-\(index)"))
        }
    }

    private static func pack(
        _ target: any FuzzTarget.Type, corpus: String, from folder: String, _ byteCountMax: Int
    ) throws {
        let known = Set(try Corpus(of: target, in: corpus, files: ["seeds.txt", "findings.txt"]).inputs)
        let inputs = try FileManager.default.contentsOfDirectory(atPath: folder)
            .map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)"))) }
            .filter { !known.contains($0) }
            .sorted { ($0.count, EscapedLine.escape($0)) < ($1.count, EscapedLine.escape($1)) }
        var text = "# Written by Scripts/fuzz --keep: the smallest inputs that cover what the fuzzer has reached.\n"
        for input in inputs {
            let line = EscapedLine.escape(input) + "\n"
            if text.utf8.count + line.utf8.count > byteCountMax { break }
            text += line
        }
        try text.write(toFile: "\(corpus)/\(target.name)/found.txt", atomically: true, encoding: .utf8)
    }

    private static func replay(_ target: any FuzzTarget.Type, _ files: [String]) throws -> Int32 {
        var exitCode: Int32 = 0
        for file in files {
            let input = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
            do throws(FuzzFinding) {
                try target.run(input.span)
                print("\(file): nothing found")
            } catch {
                print("\(file): \(error)\n  \(EscapedLine.escape(input))")
                exitCode = 1
            }
        }
        return exitCode
    }
}
