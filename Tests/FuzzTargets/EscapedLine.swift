/// One input of a corpus as a line of printable ASCII, so that a corpus is a text that can be read, compared and reviewed:
/// `MSG a 1 0\r\n\r\n`. A backslash begins `\r`, `\n`, `\t`, `\\` or `\xNN`.
enum EscapedLine {
    static func escape(_ bytes: [UInt8]) -> String {
        var line = ""
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\r"): line += "\\r"
            case UInt8(ascii: "\n"): line += "\\n"
            case UInt8(ascii: "\t"): line += "\\t"
            case UInt8(ascii: "\\"): line += "\\\\"
            case UInt8(ascii: " ") where line.isEmpty: line += "\\x20"
            case UInt8(ascii: "#") where line.isEmpty: line += "\\x23"
            case 0x20..<0x7F: line.unicodeScalars.append(Unicode.Scalar(byte))
            default: line += "\\x" + hexadecimal(byte >> 4) + hexadecimal(byte & 15)
            }
        }
        // Editors drop blanks at the ends of lines.
        if line.hasSuffix(" ") { line = line.dropLast() + "\\x20" }
        return line
    }

    /// nil: a backslash begins nothing known.
    static func unescape(_ line: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = Substring(line).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "r"): bytes.append(UInt8(ascii: "\r"))
            case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
            case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "x"):
                guard rest.count >= 2, let byte = UInt8(Substring(rest.prefix(2)), radix: 16) else { return nil }
                bytes.append(byte)
                rest.removeFirst(2)
            default: return nil
            }
        }
        return bytes
    }

    private static func hexadecimal(_ nibble: UInt8) -> String { String(nibble, radix: 16, uppercase: true) }
}
