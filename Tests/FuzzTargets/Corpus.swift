import NATSProtocol
import Reactor

/// The inputs of one target that are kept in `Corpus/<target>/`, each an `EscapedLine`; lines that begin with `#` are
/// comments.
///
/// * `seeds.txt`: written by hand, from what servers send and what specifications say about edges.
/// * `found.txt`: written by `Scripts/fuzz --keep`, the smallest set of inputs that covers what the fuzzer has reached.
/// * `findings.txt`: inputs that something was wrong with once.
package struct Corpus {
    package static let files = ["seeds.txt", "found.txt", "findings.txt"]

    package let inputs: [[UInt8]]

    /// - Parameter folder: that holds a folder for each target.
    package init(of target: any FuzzTarget.Type, in folder: String, files: [String] = Self.files) throws {
        var inputs: [[UInt8]] = []
        for file in files {
            let path = "\(folder)/\(target.name)/\(file)"
            guard let bytes = try? FileReader.read(path, sizeMaximum: 1 << 20) else { continue }
            for (index, line) in String(decoding: bytes, as: UTF8.self).split(separator: "\n").enumerated()
            where !line.hasPrefix("#") {
                guard let input = EscapedLine.unescape(line) else {
                    throw FuzzFinding("\(path):\(index + 1): a backslash that begins nothing known")
                }
                inputs.append(input)
            }
        }
        self.inputs = inputs
    }
}

extension Corpus {
    /// An input as it stands in a file of a corpus.
    package static func line(_ input: [UInt8]) -> String { EscapedLine.escape(input) }

    /// nil: no line of a corpus.
    package static func input(_ line: String) -> [UInt8]? { EscapedLine.unescape(line) }
}
