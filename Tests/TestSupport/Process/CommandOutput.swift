/// What a short command said, on both of its outputs.
package struct CommandOutput: Sendable {
    /// The command ended with exit code 0.
    package let isSuccess: Bool
    package let text: String

    /// Runs a command and blocks until it ends.
    package static func of(_ executable: String, _ arguments: [String]) throws -> CommandOutput {
        let folder = try TemporaryFolder()
        let child = try ChildProcess.spawn(
            executable, arguments, workingDirectory: "/", outputFile: folder.file("output.txt"))
        let status = child.waitBlocking()
        return CommandOutput(isSuccess: status == 0, text: folder.text(of: "output.txt"))
    }
}
